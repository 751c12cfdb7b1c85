// Rounds through the store: idempotent and conditional appends. What is stored once stays stored once,
// whatever happens between.

#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rocksdb/env.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/record_batch_builder.h"
#include "storage/key_format.h"
#include "storage/lane_db.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::MakeBatch;
using testing::MustOpenStore;
using testing::ReadAll;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};
constexpr ShardKey kOther{StreamId(1), ShardIndex(1)};
constexpr ShardKey kChild{StreamId(1), ShardIndex(2)};

RecordBatch Put(uint64_t sequence, const ShardKey& shard = kShard, uint32_t epoch = 1,
                uint64_t producer = 5) {
  return MakeBatch(shard, {std::to_string(sequence), "more"}, Codec::kNone,
                   {producer, epoch, sequence});
}

ErrorReason RefusalOf(const absl::StatusOr<AppendResult>& result) {
  return result.ok() ? ErrorReason::kInternalFailure : ReasonOf(result.status());
}

TEST_CASE("a put that comes again is answered with the first result and stored once", "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard, {SequenceNumber(50)}).ok());
  const auto first = AppendAndWait(*open, kShard, Put(1));
  REQUIRE(first.ok());
  CHECK_FALSE(first->duplicate);
  CHECK(first->shard == kShard.shard);
  CHECK(first->record_count == 2);
  REQUIRE(AppendAndWait(*open, kShard, Put(2)).ok());
  // Before and after a restart.
  for (int i = 0; i < 2; ++i) {
    const auto again = AppendAndWait(*open, kShard, Put(1));
    REQUIRE(again.ok());
    CHECK(again->duplicate);
    CHECK(again->first_sequence_number == SequenceNumber(50));
    CHECK(again->append_time_ms == first->append_time_ms);
    CHECK(again->record_count == 2);
    CHECK(open->Bounds(kShard)->end == SequenceNumber(54));
    open = {};
    open = MustOpenStore(folder.path());
  }
  CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(3), {std::nullopt, 1})) ==
        ErrorReason::kProducerSequenceGap);
  REQUIRE(AppendAndWait(*open, kShard, Put(3), {std::nullopt, 2}).ok());
  REQUIRE(AppendAndWait(*open, kShard, Put(1, kShard, 2), {std::nullopt, 0}).ok());
  CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(3))) == ErrorReason::kProducerFenced);
  open = {};
  open = MustOpenStore(folder.path());
  CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(3))) == ErrorReason::kProducerFenced);
  CHECK(ReadAll(*open, kShard, SequenceNumber(0))->size() == 8);
}

TEST_CASE("a batch without a producer is stored each time", "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  for (int i = 0; i < 2; ++i) {
    const auto result = AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"}), {std::nullopt, 9});
    REQUIRE(result.ok());
    CHECK_FALSE(result->duplicate);
  }
  CHECK(open->Bounds(kShard)->end == SequenceNumber(3));
}

TEST_CASE("an append may say which number it must get", "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard, {SequenceNumber(7)}).ok());
  REQUIRE(AppendAndWait(*open, kShard, Put(1), {SequenceNumber(7), std::nullopt}).ok());
  const auto refused =
      AppendAndWait(*open, kShard, MakeBatch(kShard, {"x"}), {SequenceNumber(8), std::nullopt});
  CHECK(RefusalOf(refused) == ErrorReason::kSequenceNumberMismatch);
  CHECK(std::string(refused.status().message()).find(" is 9, not 8") != std::string::npos);
  // A put that was stored comes again with the condition that it met.
  const auto again = AppendAndWait(*open, kShard, Put(1), {SequenceNumber(7), std::nullopt});
  REQUIRE(again.ok());
  CHECK(again->duplicate);
  CHECK(open->Bounds(kShard)->end == SequenceNumber(9));
}

TEST_CASE("a put queued many times at once is stored once, all answered alike", "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  std::atomic<int> stored = 0;
  std::atomic<int> duplicates = 0;
  for (int i = 0; i < 100; ++i) {
    open->Append(kShard, Put(1), {}, [&](const absl::StatusOr<AppendResult>& result) {
      if (!result.ok() || result->first_sequence_number != kFirstSequenceNumber) return;
      ++(result->duplicate ? duplicates : stored);
    });
  }
  REQUIRE(open->Close().ok());
  CHECK(stored == 1);
  CHECK(duplicates == 99);
  CHECK(open->Bounds(kShard)->end == SequenceNumber(3));
}

TEST_CASE("a duplicate is not acknowledged when the first could not be synced", "[round]") {
  const testing::TemporaryFolder folder;
  const auto fs = std::make_shared<testing::FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  LaneOptions options;
  options.env = env.get();
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  fs->FailLogSyncs();
  std::atomic<int> acknowledged = 0;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 20; ++i) {
    open->Append(kShard, Put(1), {}, [&](const absl::StatusOr<AppendResult>& result) {
      ++answered;
      if (result.ok()) ++acknowledged;
    });
  }
  open->Close().IgnoreError();
  CHECK(answered == 20);
  CHECK(acknowledged == 0);
}

// Whatever was under way when the plug was pulled: sent again, each put is there exactly once, and
// those that were acknowledged where it was said.
TEST_CASE("puts sent again after a power loss are stored once", "[round]") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const testing::TemporaryFolder folder;
    const auto fs = std::make_shared<testing::FaultFileSystem>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
    LaneOptions options;
    options.env = env.get();
    auto open = MustOpenStore(folder.path(), options);
    REQUIRE(testing::CreateShard(*open, kShard).ok());
    constexpr uint64_t kPuts = kProducerResultsKept;
    std::vector<std::atomic<uint64_t>> acknowledged(kPuts + 1);
    // Set before the freeze: what was answered without it was synced while the disk lived.
    std::atomic<bool> frozen = false;
    const uint64_t freeze_at = 1 + random() % kPuts;
    for (uint64_t i = 1; i <= kPuts; ++i) {
      if (i == freeze_at) {
        frozen = true;
        fs->Freeze();
      }
      open->Append(kShard, Put(i), {}, [&, i](const absl::StatusOr<AppendResult>& result) {
        if (result.ok() && !frozen) acknowledged[i] = result->first_sequence_number.value();
      });
      if (random() % 2 == 0) REQUIRE(AppendAndWait(*open, kShard, Put(i))->duplicate);
    }
    open = {};
    fs->PowerLoss();
    open = MustOpenStore(folder.path(), options);
    for (uint64_t i = 1; i <= kPuts; ++i) {
      const auto again = AppendAndWait(*open, kShard, Put(i));
      REQUIRE(again.ok());
      if (acknowledged[i] == 0) continue;
      REQUIRE(again->duplicate);
      REQUIRE(again->first_sequence_number == SequenceNumber(acknowledged[i]));
    }
    const auto records = ReadAll(*open, kShard, SequenceNumber(1));
    REQUIRE(records.ok());
    REQUIRE(records->size() == 2 * kPuts);
    for (uint64_t i = 1; i <= kPuts; ++i) REQUIRE((*records)[2 * i - 2].data == std::to_string(i));
  }
}

TEST_CASE("a child knows the puts of its parents, also on another lane and after a restart",
          "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path(), {}, 2);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(testing::CreateShard(*open, kOther).ok());
  REQUIRE(AppendAndWait(*open, kShard, Put(1, kShard)).ok());
  REQUIRE(AppendAndWait(*open, kShard, Put(3, kShard)).ok());
  REQUIRE(AppendAndWait(*open, kOther, Put(2, kOther, 1, 6)).ok());
  const NewShard spec{SequenceNumber(100), {kShard, kOther}};
  CHECK(ReasonOf(testing::CreateShard(*open, kChild, spec)) == ErrorReason::kInvalidArgument);
  REQUIRE(testing::Seal(*open, kShard).ok());
  REQUIRE(testing::Seal(*open, kOther).ok());
  CHECK(ReasonOf(testing::CreateShard(*open, kChild, {SequenceNumber(4), {kShard, kOther}})) ==
        ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(testing::CreateShard(*open, kChild,
                                      {SequenceNumber(100), {{StreamId(9), ShardIndex(9)}}})) ==
        ErrorReason::kShardNotFound);
  REQUIRE(testing::CreateShard(*open, kChild, spec).ok());

  for (int i = 0; i < 2; ++i) {
    const auto of_first = AppendAndWait(*open, kChild, Put(3, kChild));
    REQUIRE(of_first.ok());
    CHECK(of_first->duplicate);
    CHECK(of_first->shard == kShard.shard);
    CHECK(of_first->first_sequence_number == SequenceNumber(3));
    const auto of_second = AppendAndWait(*open, kChild, Put(2, kChild, 1, 6));
    REQUIRE(of_second.ok());
    CHECK(of_second->shard == kOther.shard);
    open = {};
    open = MustOpenStore(folder.path(), {}, 2);
    // Made again, as by a reshard that a crash has cut off, when the parents may be gone.
    if (i == 0) REQUIRE(testing::DeleteShard(*open, kShard).ok());
    REQUIRE(testing::CreateShard(*open, kChild, spec).ok());
  }
  const auto next = AppendAndWait(*open, kChild, Put(4, kChild), {std::nullopt, 3});
  REQUIRE(next.ok());
  CHECK(next->first_sequence_number == SequenceNumber(100));
  CHECK(next->shard == kChild.shard);
}

TEST_CASE("a sealed shard tells a producer whether it has a put", "[round]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard, {SequenceNumber(50)}).ok());
  for (uint64_t sequence = 1; sequence <= kProducerResultsKept + 1; ++sequence)
    REQUIRE(AppendAndWait(*open, kShard, Put(sequence)).ok());
  const auto stored = AppendAndWait(*open, kShard, Put(1, kShard, 2, 6));
  REQUIRE(stored.ok());
  REQUIRE(testing::Seal(*open, kShard).ok());
  const SequenceNumber end = open->Bounds(kShard)->end;
  // Before and after a restart.
  for (int i = 0; i < 2; ++i) {
    const auto again = AppendAndWait(*open, kShard, Put(1, kShard, 2, 6), {end, 7});
    REQUIRE(again.ok());
    CHECK(again->duplicate);
    CHECK(again->first_sequence_number == stored->first_sequence_number);
    CHECK(again->append_time_ms == stored->append_time_ms);
    CHECK(again->shard == kShard.shard);
    CHECK(again->record_count == 2);
    // Not stored: the next one, with what it follows and without; of an unknown producer; of a newer
    // epoch; of no producer.
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(2, kShard, 2, 6), {std::nullopt, 1})) ==
          ErrorReason::kShardClosed);
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(3, kShard, 2, 6), {std::nullopt, 2})) ==
          ErrorReason::kShardClosed);
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(1, kShard, 1, 9))) ==
          ErrorReason::kShardClosed);
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(1, kShard, 3, 6))) ==
          ErrorReason::kShardClosed);
    CHECK(RefusalOf(AppendAndWait(*open, kShard, MakeBatch(kShard, {"x"}))) ==
          ErrorReason::kShardClosed);
    // They may have been stored.
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(1))) ==
          ErrorReason::kProducerSequenceForgotten);
    CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(1, kShard, 1, 6))) ==
          ErrorReason::kProducerFenced);
    CHECK(open->Bounds(kShard)->end == end);
    open = {};
    open = MustOpenStore(folder.path());
  }
}

size_t ShardRows(const std::string& path) {
  auto db = LaneDb::Open(path + "/lane-0", false, {}, nullptr);
  REQUIRE(db.ok());
  const std::unique_ptr<rocksdb::Iterator> rows((*db)->db().NewIterator({}, (*db)->shards()));
  size_t count = 0;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) ++count;
  return count;
}

TEST_CASE("rows of producers are bounded, and go with the producer and with the shard", "[round]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(1'700'000'000'000);
  LaneOptions options;
  options.clock = &clock;
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  for (uint64_t i = 1; i <= 2 * kProducerResultsKept; ++i)
    REQUIRE(AppendAndWait(*open, kShard, Put(i)).ok());
  open = {};
  CHECK(ShardRows(folder.path()) == 1 + kProducerResultsKept);

  open = MustOpenStore(folder.path(), options);
  clock.AdvanceMs(1);
  std::promise<void> last;
  for (uint64_t producer = 1; producer <= kProducersPerShardMax; ++producer) {
    open->Append(kShard, Put(1, kShard, 1, 100 + producer), {},
                 [&, producer](const absl::StatusOr<AppendResult>&) {
                   if (producer == kProducersPerShardMax) last.set_value();
                 });
  }
  last.get_future().get();
  open = {};
  CHECK(ShardRows(folder.path()) == 1 + kProducersPerShardMax);
  open = MustOpenStore(folder.path(), options);
  // Forgotten: it is as if it had never been, unless the producer says otherwise.
  CHECK(RefusalOf(AppendAndWait(*open, kShard, Put(40), {std::nullopt, 32})) ==
        ErrorReason::kProducerSequenceGap);
  CHECK_FALSE(AppendAndWait(*open, kShard, Put(32))->duplicate);

  REQUIRE(testing::DeleteShard(*open, kShard).ok());
  open = {};
  CHECK(ShardRows(folder.path()) == 0);
  open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  CHECK_FALSE(AppendAndWait(*open, kShard, Put(32))->duplicate);
}

}  // namespace
}  // namespace penstock::storage
