#include "broker/record/put_batch.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/encryption/batch_cipher.h"
#include "common/record_batch_builder.h"
#include "tests/unit/broker/record/data_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

struct Parts : testing::DataParts {
  explicit Parts(const StreamDirectory& directory, const Clock& clock)
      : meters({.directory = &directory, .clock = &clock}) {}

  StreamMeters meters;
  LoadMeter load;
};

// Made within the plane's making, and gone after it.
struct PartsOwner {
  std::unique_ptr<Parts> parts;
};

// With all that a put asks and tells.
class Fixture : public PartsOwner, public ReshardFixture {
 public:
  using Change = void (*)(RecordPlaneOptions&);

  explicit Fixture(Change change = [](RecordPlaneOptions&) {})
      : ReshardFixture([&](RecordPlaneOptions& options) {
          parts = std::make_unique<Parts>(directory, clock);
          options.cipher = &parts->cipher;
          options.limiters = &parts->limiters;
          options.disk_budget = &parts->disk_budget;
          options.meters = &parts->meters;
          options.load = &parts->load;
          change(options);
        }) {}

  // `count` records of one byte, whose hash keys are the first of the shard's range and those that
  // follow.
  std::string Batch(uint32_t shard, const ProducerStamp& producer = {}, uint32_t count = 2,
                    const std::string& data = "x") const {
    RecordBatchBuilder builder;
    for (uint32_t i = 0; i < count; ++i) builder.Add({data, "key", ""}, KeyAt(shard, i));
    return std::string(std::move(builder).Build(Shard(shard), Codec::kNone, producer).bytes());
  }
  HashKey KeyAt(uint32_t shard, uint32_t i) const {
    return HashKey(shards[shard].hash_keys.first.value() + i);
  }
  static ProducerStamp Stamp(uint64_t sequence) { return {7, 1, sequence}; }
  static PutBatchRequest Request(uint32_t shard, std::string batch) {
    PutBatchRequest request;
    request.stream = StreamId(1);
    request.shard = ShardIndex(shard);
    request.batch = std::move(batch);
    return request;
  }

  using Answered = testing::Awaited<PutBatchResult>;
  PutBatchResult Send(PutBatchRequest request) {
    Answered answer;
    plane->PutBatch(std::move(request), answer.Callback());
    return std::move(answer.Get());
  }
  PutBatchResult Send(uint32_t shard, std::string batch) {
    return Send(Request(shard, std::move(batch)));
  }
  static std::string_view Reason(const PutBatchResult& result) {
    return result.status.ok() ? "OK" : TraitsOf(ReasonOf(result.status)).name;
  }

  uint64_t EndOf(uint32_t shard) { return log.Bounds(Shard(shard))->end.value(); }
  StreamStats Stats() const { return parts->meters.Get(StreamId(1))->Stats(); }
};

TEST_CASE_METHOD(Fixture, "put batch: stored as it is, and read like any other") {
  REQUIRE(Put(RecordView{"first", "key", "0"}).ok());
  const PutBatchResult result = Send(0, Batch(0));
  REQUIRE(Reason(result) == "OK");
  CHECK(result.stored.first_sequence_number == SequenceNumber(2));
  CHECK(result.stored.append_time_ms == kNowMs);
  CHECK_FALSE(result.stored.duplicate);
  CHECK(result.encryption_type == EncryptionType::kNone);
  CHECK(result.stream == nullptr);
  CHECK(Numbers(Get(Horizon())) == std::vector<uint64_t>{1, 2, 3});
}

TEST_CASE_METHOD(Fixture, "put batch: refused with the reason, nothing stored") {
  PutBatchRequest request = Request(0, Batch(0));
  SECTION("no such stream") {
    request.stream = StreamId(9);
    CHECK(Reason(Send(request)) == "STREAM_NOT_FOUND");
  }
  SECTION("a stream that takes no records") {
    config.status = StreamStatus::kDeleting;
    PublishShards();
    CHECK(Reason(Send(request)) == "STREAM_NOT_FOUND");
  }
  SECTION("no such shard") {
    request.shard = ShardIndex(9);
    CHECK(Reason(Send(request)) == "SHARD_NOT_FOUND");
  }
  SECTION("no batch") {
    request.batch = "no batch";
    CHECK(Reason(Send(request)) == "CORRUPT_RECORDS");
  }
  SECTION("a batch cut short") {
    request.batch.pop_back();
    CHECK(Reason(Send(request)) == "CORRUPT_RECORDS");
  }
  SECTION("a byte that is wrong") {
    request.batch.back() ^= 1;
    CHECK(Reason(Send(request)) == "CORRUPT_RECORDS");
  }
  SECTION("a batch of another shard") {
    request.batch = Batch(1);
    CHECK(Reason(Send(request)) == "CORRUPT_RECORDS");
  }
  SECTION("encrypted") {
    RecordBatch batch = RecordBatch::Parse(Shard(0), request.batch).value();
    request.batch =
        EncryptBatch(Shard(0), std::move(batch), SecretKey(std::string(SecretKey::kBytes, 'k')), 1)
            ->bytes();
    CHECK(Reason(Send(request)) == "INVALID_ARGUMENT");
  }
  SECTION("hash keys of another shard") {
    RecordBatchBuilder builder;
    builder.Add({"x", "key", ""}, KeyAt(0, 5));
    builder.Add({"x", "key", ""}, KeyAt(1, 0));
    request.batch = std::move(builder).Build(Shard(0), Codec::kNone).bytes();
    const PutBatchResult result = Send(request);
    CHECK(Reason(result) == "INVALID_ARGUMENT");
    CHECK_THAT(std::string(result.status.message()),
               ContainsSubstring("5 to " + KeyAt(1, 0).ToDecimal()) &&
                   ContainsSubstring("0 to " + shards[0].hash_keys.last.ToDecimal()));
  }
  SECTION("a sampled hash key that is not the batch's") {
    request.sampled_hash_keys = {KeyAt(0, 1), KeyAt(0, 2)};
    CHECK(Reason(Send(request)) == "INVALID_ARGUMENT");
  }
  SECTION("a producer without a sequence") {
    request.batch = Batch(0, {7, 1, 0});
    CHECK(Reason(Send(request)) == "INVALID_ARGUMENT");
  }
  SECTION("a sequence that follows itself") {
    request.batch = Batch(0, Stamp(3));
    request.previous_producer_sequence = 3;
    CHECK(Reason(Send(request)) == "INVALID_ARGUMENT");
  }
  SECTION("a gap") {
    request.batch = Batch(0, Stamp(3));
    request.previous_producer_sequence = 2;
    CHECK(Reason(Send(request)) == "PRODUCER_SEQUENCE_GAP");
  }
  SECTION("a record that is larger than the stream's may be") {
    request.batch = Batch(0, {}, 1, std::string(size_t{config.max_record_size_in_kib} * 1024, 'x'));
    REQUIRE(Reason(Send(request)) == "OK");
    config.max_record_size_in_kib -= 1;
    PublishShards();
    CHECK(Reason(Send(request)) == "REQUEST_TOO_LARGE");
    CHECK(EndOf(0) == 2);
    return;
  }
  SECTION("a full disk, before all else") {
    DiskUsage usage;
    usage.directory_bytes = 1'001;
    parts->disk_budget.Update(usage);
    request.stream = StreamId(9);
    const PutBatchResult result = Send(request);
    CHECK(Reason(result) == "DISK_BUDGET_EXCEEDED");
    CHECK(RetryAfterOf(result.status) == DiskBudget::kRetryAfterMs);
  }
  SECTION("a log that fails") {
    log.FailAppends(Shard(0), 1, MakeError(ErrorReason::kStorageFailed, "disk"));
    CHECK(Reason(Send(request)) == "STORAGE_FAILED");
  }
  SECTION("a stream that is deleted meanwhile") {
    REQUIRE(testing::DeleteShard(log, Shard(0)).ok());
    CHECK(Reason(Send(request)) == "STREAM_NOT_FOUND");
    return;
  }
  CHECK(EndOf(0) == 1);
}

TEST_CASE_METHOD(Fixture, "put batch: held to the stream's limits, by records and bytes") {
  config.limits = {StreamLimits::Profile::kCustom, 3, 1'000, 1'000, 0, 0};
  PublishShards();
  REQUIRE(Reason(Send(0, Batch(0))) == "OK");
  const PutBatchResult records = Send(0, Batch(0));
  CHECK(Reason(records) == "THROUGHPUT_EXCEEDED");
  CHECK(RetryAfterOf(records.status).value_or(0) > 0);
  clock.AdvanceMs(2'000);
  REQUIRE(Reason(Send(0, Batch(0, {}, 1, std::string(900, 'x')))) == "OK");
  CHECK(Reason(Send(0, Batch(0, {}, 1, std::string(900, 'x')))) == "THROUGHPUT_EXCEEDED");
  CHECK(EndOf(0) == 4);
  CHECK(Reason(Send(0, Batch(0, {}, 3))) == "THROUGHPUT_EXCEEDED");
  // A closed shard is asked all the same.
  Split(0);
  CHECK(Reason(Send(0, Batch(0, {}, 3))) == "SHARD_CLOSED");
}

TEST_CASE_METHOD(Fixture, "put batch: what is not stored takes nothing from the limits") {
  config.limits = {StreamLimits::Profile::kCustom, 4, 1'000'000, 1'000'000, 0, 0};
  PublishShards();
  REQUIRE(Reason(Send(0, Batch(0, Stamp(1)))) == "OK");
  for (int i = 0; i < 10; ++i) {
    // It was there already; one that does not follow it.
    CHECK(Send(0, Batch(0, Stamp(1))).stored.duplicate);
    PutBatchRequest gap = Request(0, Batch(0, Stamp(4)));
    gap.previous_producer_sequence = 3;
    CHECK(Reason(Send(gap)) == "PRODUCER_SEQUENCE_GAP");
  }
  CHECK(Reason(Send(0, Batch(0, Stamp(2)))) == "OK");
  CHECK(Reason(Send(0, Batch(0, Stamp(3)))) == "THROUGHPUT_EXCEEDED");
}

TEST_CASE_METHOD(Fixture, "put batch: a closed shard is answered with those after it") {
  Split(0);
  const PutBatchResult result = Send(0, Batch(0));
  REQUIRE(Reason(result) == "SHARD_CLOSED");
  REQUIRE(result.stream != nullptr);
  CHECK(result.stream->Route(KeyAt(0, 0)).index == ShardIndex(4));
  CHECK(result.stream->open_shard_count() == kShards + 1);
}

TEST_CASE_METHOD(Fixture, "put batch: one that meets a switch waits for the shards after it") {
  Answered answer;
  Seal(0);
  plane->PutBatch(Request(0, Batch(0)), answer.Callback());
  // Another change of the stream tells nothing of the switch.
  config.tags["a"] = "b";
  PublishShards();
  CHECK_FALSE(answer.ready());
  Publish({0}, 2);
  const PutBatchResult& result = answer.Get();
  REQUIRE(Reason(result) == "SHARD_CLOSED");
  REQUIRE(result.stream != nullptr);
  CHECK(result.stream->open_shard_count() == kShards + 1);
  CHECK(EndOf(4) == 2);
}

TEST_CASE_METHOD(Fixture, "put batch: a switch that does not come, a stop, a deletion") {
  SECTION("a stop") {
    Seal(0);
    Answered answer;
    plane->PutBatch(Request(0, Batch(0)), answer.Callback());
    plane->Stop();
    CHECK(Reason(answer.Get()) == "SHUTTING_DOWN");
    CHECK(answer.Get().stream == nullptr);
  }
  SECTION("a deletion") {
    Seal(0);
    Answered answer;
    plane->PutBatch(Request(0, Batch(0)), answer.Callback());
    directory.Remove("orders");
    CHECK(Reason(answer.Get()) == "STREAM_NOT_FOUND");
  }
  SECTION("a shard that has expired") {
    Split(0);
    REQUIRE(testing::DeleteShard(log, Shard(0)).ok());
    CHECK(Reason(Send(0, Batch(0))) == "SHARD_NOT_FOUND");
    PublishShards({0});
    CHECK(Reason(Send(0, Batch(0))) == "SHARD_NOT_FOUND");
  }
}

struct ImpatientFixture : Fixture {
  ImpatientFixture()
      : Fixture([](RecordPlaneOptions& options) { options.reshard_wait_max_ms = 1; }) {}
};

TEST_CASE_METHOD(ImpatientFixture, "put batch: a switch that takes too long") {
  Seal(0);
  const PutBatchResult result = Send(0, Batch(0));
  CHECK(Reason(result) == "OVERLOADED");
  CHECK(RetryAfterOf(result.status).has_value());
}

TEST_CASE_METHOD(Fixture, "put batch: what became of a batch is known across a reshard") {
  REQUIRE(Reason(Send(0, Batch(0, Stamp(1)))) == "OK");
  const PutBatchResult before = Send(0, Batch(0, Stamp(1)));
  REQUIRE(Reason(before) == "OK");
  CHECK(before.stored.duplicate);
  Seal(0);
  REQUIRE(testing::CreateShard(log, Shard(4), {SequenceNumber(4), {Shard(0)}}).ok());
  Publish({0}, 2);
  const PutBatchResult after = Send(0, Batch(0, Stamp(1)));
  REQUIRE(Reason(after) == "OK");
  CHECK(after.stored.duplicate);
  CHECK(after.stored.first_sequence_number == SequenceNumber(1));
  CHECK(after.stored.shard == ShardIndex(0));
  CHECK(Reason(Send(0, Batch(0, Stamp(2)))) == "SHARD_CLOSED");
  // A part of it: the records are there, but not with numbers that follow each other.
  CHECK(Reason(Send(4, Batch(4, Stamp(1), 1))) == "PRODUCER_SEQUENCE_FORGOTTEN");
  CHECK(Reason(Send(4, Batch(4, Stamp(2)))) == "OK");
  CHECK(EndOf(0) == 3);
}

TEST_CASE_METHOD(Fixture, "put batch: encrypted where the stream is") {
  config.encryption = {EncryptionType::kKms, "alias/a", {{1, "alias/a", "wrapped", 0}}};
  PublishShards();
  const PutBatchResult result = Send(0, Batch(0, {}, 2, "secret"));
  REQUIRE(Reason(result) == "OK");
  CHECK(result.encryption_type == EncryptionType::kKms);
  const auto stored = log.Read(Shard(0), SequenceNumber(1), {});
  REQUIRE(stored.ok());
  CHECK(stored->batches.at(0)->header().encrypted);
  CHECK(stored->batches.at(0)->bytes().find("secret") == std::string_view::npos);
  const Answer got = Get(Horizon());
  REQUIRE(Numbers(got) == std::vector<uint64_t>{1, 2});
  CHECK(got->collected.records[1].record.data == "secret");
  CHECK(got->collected.records[1].encrypted);

  parts->keys.error = MakeError(ErrorReason::kKmsDisabled, "as the test wants it");
  CHECK(Reason(Send(0, Batch(0))) == "KMS_DISABLED");
  CHECK(EndOf(0) == 3);
}

TEST_CASE_METHOD(Fixture, "put batch: counted as a put of records to one shard") {
  const std::string batch = Batch(0);
  const uint64_t bytes = batch.size() - RecordBatchHeader::kBytes;
  const auto meter = parts->meters.Get(StreamId(1));
  meter->SetShardMetrics(ShardMetricSet::FromBits(0xff));
  REQUIRE(Reason(Send(0, batch)) == "OK");
  CHECK(Stats().put_records_calls == 1);
  CHECK(Stats().put_records_success == 1);
  CHECK(Stats().incoming_records == 2);
  CHECK(Stats().incoming_bytes == bytes);
  CHECK(Stats().put_records_latency.count() == 1);
  // Refused before its records are known; by the log; by a limit.
  CHECK(Reason(Send(9, batch)) == "SHARD_NOT_FOUND");
  CHECK(Stats().put_records_calls == 2);
  CHECK(Stats().put_records_total_records == 2);
  REQUIRE(meter->Shards().size() == 1);
  CHECK(meter->Shards()[0].first == ShardIndex(0));
  CHECK(meter->Shards()[0].second.incoming_bytes == bytes);
  log.FailAppends(Shard(0), 1, MakeError(ErrorReason::kOverloaded, "queue"));
  CHECK(Reason(Send(0, batch)) == "OVERLOADED");
  CHECK(Stats().put_records_failed_records == 2);
  config.limits = {StreamLimits::Profile::kCustom, 1, 1'000, 1'000, 0, 0};
  PublishShards();
  while (Reason(Send(0, batch)) == "OK") continue;
  CHECK(Stats().put_records_throttled_records == 2);
}

TEST_CASE_METHOD(Fixture, "put batch: its load is known by its sample, or by its middle") {
  const std::vector<ShardIndex> tracked = {ShardIndex(0), ShardIndex(1)};
  parts->load.Track(StreamId(1), tracked, clock.MonotonicMs());
  // Large enough to be sampled each.
  const std::string data(200'000, 'x');
  PutBatchRequest sampled = Request(0, Batch(0, Stamp(1), 3, data));
  sampled.sampled_hash_keys = {KeyAt(0, 2)};
  REQUIRE(Reason(Send(sampled)) == "OK");
  REQUIRE(Reason(Send(1, Batch(1, {}, 3, data))) == "OK");
  const auto heaviest = [&](uint32_t shard) {
    const auto key = parts->load.KeysOf(Shard(shard), clock.MonotonicMs()).heaviest();
    return key.has_value() ? key->key : HashKey();
  };
  CHECK(heaviest(0) == KeyAt(0, 2));
  CHECK(heaviest(1) == KeyAt(1, 1));
  // Nothing is put by one that comes again.
  const size_t samples = parts->load.KeysOf(Shard(0), clock.MonotonicMs()).sample_count();
  REQUIRE(Reason(Send(sampled)) == "OK");
  CHECK(parts->load.KeysOf(Shard(0), clock.MonotonicMs()).sample_count() == samples);
}

}  // namespace
}  // namespace penstock::broker
