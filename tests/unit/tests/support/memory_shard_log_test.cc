#include "tests/support/memory_shard_log.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/record_batch_builder.h"
#include "tests/support/storage_calls.h"

namespace penstock::testing {
namespace {

const ShardKey kShard{StreamId(1), ShardIndex(0)};
const ShardKey kOther{StreamId(1), ShardIndex(1)};

RecordBatch BatchOf(const ShardKey& shard, int records) {
  RecordBatchBuilder builder;
  for (int i = 0; i < records; ++i) {
    const RecordView record{"data", "key", ""};
    builder.Add(record, *HashKeyOf(record));
  }
  return std::move(builder).Build(shard, Codec::kNone);
}

struct Fixture {
  ManualClock clock{1'000};
  MemoryShardLog log{&clock};
  std::vector<absl::StatusOr<storage::AppendResult>> answers;

  Fixture() { REQUIRE(CreateShard(log, kShard, {SequenceNumber(5)}).ok()); }

  void Append(const ShardKey& shard, int records) {
    log.Append(shard, BatchOf(shard, records), {},
               [this](auto result) { answers.push_back(std::move(result)); });
  }
  std::vector<uint64_t> Read(uint64_t from, const storage::ReadLimits& limits = {}) {
    const auto result = log.Read(kShard, SequenceNumber(from), limits);
    REQUIRE(result.ok());
    std::vector<uint64_t> firsts;
    for (const StoredBatch& batch : result->batches)
      firsts.push_back(batch->header().first_sequence_number.value());
    return firsts;
  }
  storage::WaitId Wait(uint64_t end_seen, int* calls) {
    return log.WaitForRecords(kShard, SequenceNumber(end_seen), [calls] { ++*calls; });
  }
};

using Firsts = std::vector<uint64_t>;

TEST_CASE_METHOD(Fixture, "memory shard log: numbers are contiguous from the first on") {
  Append(kShard, 3);
  clock.AdvanceMs(10);
  Append(kShard, 2);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0]->first_sequence_number == SequenceNumber(5));
  CHECK(answers[0]->append_time_ms == 1'000);
  CHECK(answers[1]->first_sequence_number == SequenceNumber(8));
  CHECK(log.Bounds(kShard)->end == SequenceNumber(10));

  CHECK(Read(0) == Firsts{5, 8});
  CHECK(Read(7) == Firsts{5, 8});
  CHECK(Read(8) == Firsts{8});
  CHECK(Read(10).empty());
  CHECK(Read(99).empty());
  CHECK(Read(5, {.records_max = 3}) == Firsts{5});
  CHECK(Read(5, {.records_max = 4}) == Firsts{5, 8});
  CHECK(Read(5, {.bytes_max = 1}) == Firsts{5});
  CHECK(log.Read(kShard, SequenceNumber(5), {.records_max = 1})->next_append_time_ms == 1'010);
  CHECK_FALSE(log.Read(kShard, SequenceNumber(5), {})->next_append_time_ms.has_value());
}

TEST_CASE_METHOD(Fixture, "memory shard log: time and trim") {
  Append(kShard, 3);
  clock.AdvanceMs(10);
  Append(kShard, 2);
  CHECK(log.FindByTime(kShard, 0).value() == SequenceNumber(5));
  CHECK(log.FindByTime(kShard, 1'001).value() == SequenceNumber(8));
  CHECK(log.FindByTime(kShard, 1'011).value() == SequenceNumber(10));

  int trims = 0;
  const auto trimmed = [&](const absl::Status& status) { trims += status.ok() ? 1 : 0; };
  log.Trim(kShard, SequenceNumber(7), trimmed);
  CHECK(log.Bounds(kShard)->first == SequenceNumber(7));
  CHECK(Read(0) == Firsts{5, 8});
  CHECK(log.FindByTime(kShard, 0).value() == SequenceNumber(7));
  log.Trim(kShard, SequenceNumber(6), trimmed);
  CHECK(log.Bounds(kShard)->first == SequenceNumber(7));
  log.Trim(kShard, SequenceNumber(99), trimmed);
  CHECK(log.Bounds(kShard)->first == SequenceNumber(10));
  CHECK(Read(0).empty());
  CHECK(trims == 3);
}

TEST_CASE_METHOD(Fixture, "memory shard log: waits end when the end passes what was seen") {
  int calls = 0;
  CHECK(Wait(4, &calls) == 0);
  CHECK(calls == 1);
  CHECK(Wait(5, &calls) != 0);
  CHECK(Wait(6, &calls) != 0);
  const storage::WaitId cancelled = Wait(5, &calls);
  CHECK(log.CancelWait(kShard, cancelled));
  CHECK_FALSE(log.CancelWait(kShard, cancelled));
  Append(kShard, 1);
  CHECK(calls == 2);
  CHECK(log.open_waits() == 1);
  REQUIRE(DeleteShard(log, kShard).ok());
  CHECK(calls == 3);
  CHECK(Wait(6, &calls) == 0);
  CHECK(calls == 4);
}

TEST_CASE_METHOD(Fixture, "memory shard log: held appends are invisible until released") {
  log.HoldAppends();
  Append(kShard, 2);
  Append(kOther, 1);
  REQUIRE(answers.size() == 1);
  CHECK(ReasonOf(answers[0].status()) == ErrorReason::kShardNotFound);
  CHECK(Read(0).empty());
  int calls = 0;
  CHECK(Wait(5, &calls) != 0);
  log.ReleaseAppends();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].ok());
  CHECK(calls == 1);
}

TEST_CASE_METHOD(Fixture, "memory shard log: failures are used up, and stop refuses") {
  log.FailAppends(kShard, 1, MakeError(ErrorReason::kStorageFailed, "disk"));
  Append(kShard, 1);
  Append(kShard, 1);
  CHECK(ReasonOf(answers.at(0).status()) == ErrorReason::kStorageFailed);
  CHECK(answers.at(1)->first_sequence_number == SequenceNumber(5));

  log.FailReads(kShard, 1, MakeError(ErrorReason::kCorruptRecords, "lost"));
  CHECK(log.Read(kShard, SequenceNumber(5), {}).status().code() == absl::StatusCode::kDataLoss);
  CHECK(Read(5) == Firsts{5});

  log.HoldAppends();
  Append(kShard, 1);
  int calls = 0;
  CHECK(Wait(6, &calls) != 0);
  log.Stop();
  CHECK(calls == 1);
  CHECK(ReasonOf(answers.at(2).status()) == ErrorReason::kShuttingDown);
  CHECK(Read(5) == Firsts{5});
}

TEST_CASE_METHOD(Fixture, "memory shard log: a seal ends the shard, in its place between appends") {
  int calls = 0;
  CHECK(Wait(9, &calls) != 0);
  log.HoldAppends();
  Append(kShard, 2);
  std::vector<storage::ShardBounds> sealed;
  log.Seal(kShard, [&](auto bounds) { sealed.push_back(*bounds); });
  Append(kShard, 1);
  CHECK(sealed.empty());
  CHECK_FALSE(log.Bounds(kShard)->sealed);
  log.ReleaseAppends();
  CHECK(answers.at(0).ok());
  CHECK(ReasonOf(answers.at(1).status()) == ErrorReason::kShardClosed);
  REQUIRE(sealed.size() == 1);
  CHECK(sealed[0].end == SequenceNumber(7));
  CHECK(sealed[0].sealed);
  CHECK(calls == 1);
  CHECK(Wait(9, &calls) == 0);
  CHECK(Seal(log, kShard)->sealed);
  CHECK(ReasonOf(Seal(log, kOther).status()) == ErrorReason::kShardNotFound);
}

TEST_CASE_METHOD(Fixture, "memory shard log: producers and conditions") {
  const auto put = [&](const ShardKey& shard, uint64_t sequence, uint32_t epoch,
                       storage::AppendConditions conditions = {}) {
    return AppendAndWait(log, shard, MakeBatch(shard, {"a"}, Codec::kNone, {7, epoch, sequence}),
                         conditions);
  };
  CHECK(put(kShard, 1, 1)->first_sequence_number == SequenceNumber(5));
  const auto again = put(kShard, 1, 1, {SequenceNumber(5), std::nullopt});
  CHECK(again->duplicate);
  CHECK(again->first_sequence_number == SequenceNumber(5));
  CHECK(ReasonOf(put(kShard, 3, 1, {std::nullopt, 2}).status()) ==
        ErrorReason::kProducerSequenceGap);
  CHECK(ReasonOf(put(kShard, 3, 1, {SequenceNumber(5), std::nullopt}).status()) ==
        ErrorReason::kSequenceNumberMismatch);
  CHECK_FALSE(put(kShard, 3, 1, {SequenceNumber(6), 1})->duplicate);
  CHECK(ReasonOf(put(kShard, 4, 0).status()) == ErrorReason::kProducerFenced);
  CHECK_FALSE(CreateShard(log, kOther, {SequenceNumber(20), {kShard}}).ok());
  REQUIRE(Seal(log, kShard).ok());
  CHECK(put(kShard, 3, 1, {std::nullopt, 9})->duplicate);
  CHECK(ReasonOf(put(kShard, 4, 1, {std::nullopt, 9}).status()) == ErrorReason::kShardClosed);
  CHECK(ReasonOf(put(kShard, 4, 0).status()) == ErrorReason::kProducerFenced);
  CHECK_FALSE(CreateShard(log, kOther, {SequenceNumber(6), {kShard}}).ok());
  REQUIRE(CreateShard(log, kOther, {SequenceNumber(20), {kShard}}).ok());
  CHECK(put(kOther, 3, 1)->shard == kShard.shard);
  CHECK(put(kOther, 4, 1)->shard == kOther.shard);
  for (uint64_t i = 5; i < 5 + storage::kProducerResultsKept; ++i) REQUIRE(put(kOther, i, 1).ok());
  CHECK(ReasonOf(put(kOther, 3, 1).status()) == ErrorReason::kProducerSequenceForgotten);
}

}  // namespace
}  // namespace penstock::testing
