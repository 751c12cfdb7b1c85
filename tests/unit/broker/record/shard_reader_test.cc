#include "broker/record/shard_reader.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/record_batch_builder.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

using Seq = std::vector<uint64_t>;

// Gives for each encrypted batch the plain one that a test made beside it.
class FakeDecryptor final : public BatchDecryptor {
 public:
  absl::StatusOr<StoredBatch> Decrypt(const StreamConfig& stream, const ShardKey& shard,
                                      StoredBatch batch) override {
    CHECK(stream.name == "orders");
    CHECK(shard == ShardKey{StreamId(1), ShardIndex(0)});
    CHECK(batch->header().encrypted);
    ++calls;
    if (on_call) std::exchange(on_call, nullptr)();
    if (!error.ok()) return error;
    if (needs_key && stream.encryption.data_keys.empty())
      return MakeError(ErrorReason::kKmsInvalidState, "no such data key");
    RecordBatchBuilder builder;
    for (uint32_t i = 0; i < batch->header().record_count; ++i)
      builder.Add({"secret", "key", ""}, HashKey());
    RecordBatch plain = std::move(builder).Build(shard, Codec::kNone);
    plain.Stamp(batch->header().epoch, batch->header().first_sequence_number,
                batch->header().append_time_ms);
    return std::make_shared<const RecordBatch>(std::move(plain));
  }

  absl::Status error;
  // The batch's key came later than the stream's first snapshot.
  bool needs_key = false;
  absl::AnyInvocable<void()> on_call;
  int calls = 0;
};

struct Decrypting {
  FakeDecryptor decryptor;
};

struct Fixture : Decrypting, RecordPlaneFixture {
  Fixture()
      : RecordPlaneFixture(
            [this](RecordPlaneOptions& options) { options.decryptor = &decryptor; }) {}

  // A batch whose block is nothing that could be read, under a header that says that it is encrypted.
  void PutEncrypted(uint32_t record_count) {
    RecordBatchHeader header;
    header.encrypted = true;
    header.record_count = record_count;
    header.uncompressed_bytes = 40;
    header.block_bytes = header.uncompressed_bytes + kBatchEncryptionBytes;
    std::string bytes(RecordBatchHeader::kBytes + header.block_bytes, '\xff');
    header.EncodeTo(bytes.data());
    header.checksum = BatchChecksum(Shard(0), bytes);
    header.EncodeTo(bytes.data());
    auto batch = RecordBatch::Parse(Shard(0), bytes);
    REQUIRE(batch.ok());
    log.Append(Shard(0), *std::move(batch), {}, [](auto) {});
  }
};

std::string Kinds(const absl::StatusOr<GetRecordsResult>& answer) {
  std::string kinds;
  for (const ReadRecord& record : answer->collected.records) {
    kinds += record.encrypted ? 'e' : '-';
    CHECK(record.record.data == (record.encrypted ? "secret" : "x"));
  }
  return kinds;
}

TEST_CASE_METHOD(Fixture, "shard reader: encrypted batches are opened, one by one as needed") {
  PutBatch(0, 1);
  PutEncrypted(2);
  PutBatch(0, 1);
  PutEncrypted(2);
  const Answer all = Get(Horizon());
  CHECK(Numbers(all) == Seq{1, 2, 3, 4, 5, 6});
  CHECK(Kinds(all) == "-ee-ee");
  CHECK(decryptor.calls == 2);

  decryptor.calls = 0;
  CHECK(Kinds(Get(Horizon(), 2)) == "-e");
  CHECK(decryptor.calls == 1);
}

TEST_CASE_METHOD(Fixture, "shard reader: a key that is missing ends the answer, and comes back") {
  PutBatch(0, 1);
  PutEncrypted(2);
  PutBatch(0, 1);
  decryptor.error = MakeError(ErrorReason::kKmsDisabled, "key k1 is disabled");
  const Answer before = Get(Horizon());
  CHECK(Numbers(before) == Seq{1});
  CHECK(before->records_behind_latest == 3);
  const Answer refused = Get(before->next_shard_iterator);
  CHECK(ReasonName(refused) == "KMS_DISABLED");
  CHECK(MessageOf(refused) == "key k1 is disabled");
  // Nothing was skipped.
  decryptor.error = absl::OkStatus();
  CHECK(Numbers(Get(before->next_shard_iterator)) == Seq{2, 3, 4});
}

TEST_CASE_METHOD(Fixture,
                 "shard reader: a key that is younger than the snapshot is looked up again") {
  PutEncrypted(2);
  decryptor.needs_key = true;
  CHECK(ReasonName(Get(Horizon())) == "KMS_INVALID_STATE");
  CHECK(decryptor.calls == 1);
  // The stream is seen, then it gets the key, then the batch is opened.
  decryptor.on_call = [&] {
    StreamConfig config = testing::ActiveStream(1, "orders");
    config.encryption.data_keys.emplace_back();
    directory.Set(config, testing::OpenShards(kShards), log);
  };
  CHECK(Numbers(Get(Horizon())) == Seq{1, 2});
  CHECK(decryptor.calls == 3);
}

struct FakeLimiter final : ReadLimiter {
  absl::Status AdmitReadCall(const StreamConfig& stream, const ShardKey& shard) override {
    CHECK(stream.name == "orders");
    CHECK(shard == ShardKey{StreamId(1), ShardIndex(0)});
    ++calls;
    return refusal;
  }
  void ChargeRead(const StreamConfig&, const ShardKey&, uint64_t bytes) override {
    charged += bytes;
  }
  absl::Status AdmitIteratorCall(const StreamConfig& stream, const ShardKey& shard) override {
    CHECK(stream.name == "orders");
    CHECK(shard == ShardKey{StreamId(1), ShardIndex(0)});
    ++iterator_calls;
    return iterator_refusal;
  }
  int64_t ConsumerWaitMs(const StreamConfig&, const ShardKey&, std::string_view) override {
    return 0;
  }
  void ChargeConsumerRead(const StreamConfig&, const ShardKey&, std::string_view,
                          uint64_t) override {}

  absl::Status refusal;
  absl::Status iterator_refusal;
  int calls = 0;
  int iterator_calls = 0;
  uint64_t charged = 0;
};

struct Limiting {
  FakeLimiter limiter;
};

struct Limited : Limiting, RecordPlaneFixture {
  Limited()
      : RecordPlaneFixture(
            [this](RecordPlaneOptions& options) { options.read_limiter = &limiter; }) {}
};

TEST_CASE_METHOD(Limited, "get records: a call is admitted once and charged for what it gives") {
  PutBatch(0, 3);
  // "x" and "key", three times.
  CHECK(Numbers(Get(Horizon())) == Seq{1, 2, 3});
  CHECK(limiter.calls == 1);
  CHECK(limiter.charged == 12);
  // Reads twice, before and after its wait.
  CHECK(Numbers(Get(Iterator(ShardIteratorType::kLatest).value(), 0, 1)).empty());
  CHECK(limiter.calls == 2);
  CHECK(limiter.charged == 12);

  limiter.refusal = MakeError(ErrorReason::kThroughputExceeded, "5 calls per second");
  CHECK(ReasonName(Get(Horizon())) == "THROUGHPUT_EXCEEDED");
  CHECK(limiter.charged == 12);
}

TEST_CASE_METHOD(Limited, "get records: a dry run checks everything and takes nothing") {
  PutBatch(0, 3);
  const auto dry_run = [&](std::string_view iterator) {
    testing::Awaited<Answer> answer;
    plane->GetRecords({iterator, 0, 0, "", true}, answer.Callback());
    return std::string(ReasonName(answer.Get()));
  };
  CHECK(dry_run(Horizon()) == "DRY_RUN");
  CHECK(limiter.calls == 0);
  CHECK(dry_run("nonsense") == "INVALID_ITERATOR");
  CHECK(dry_run(SealShardIterator(tokens, {Shard(0), SequenceNumber(5)})) == "INVALID_ITERATOR");
  CHECK(dry_run(SealShardIterator(tokens, {Shard(9), SequenceNumber(1)})) == "SHARD_NOT_FOUND");
  const std::string iterator = Horizon();
  directory.Remove("orders");
  CHECK(dry_run(iterator) == "STREAM_NOT_FOUND");
}

}  // namespace
}  // namespace penstock::broker
