// Random operations on a Store, each held against a model: the ShardLog in memory.
//
// A failing run prints its seed; PENSTOCK_TEST_SEED=<seed> replays it alone.

#include "storage/store.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/clock.h"
#include "common/error.h"
#include "common/hash_key.h"
#include "common/record_batch_builder.h"
#include "tests/support/memory_shard_log.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::ReadAll;
using testing::TrimAndWait;

constexpr int kSeeds = 24;
constexpr int kOperations = 300;
constexpr uint32_t kShards = 4;

class RandomRun {
 public:
  explicit RandomRun(uint64_t seed) : random_(seed), clock_(1'700'000'000'000), model_(&clock_) {
    // Small, so that batches leave memory, memtables are flushed, files dropped and indexes used
    // within a run.
    options_.clock = &clock_;
    options_.tail_ring_bytes = Below(2) == 0 ? 0 : 20'000;
    options_.memtable_bytes = 64 << 10;
    options_.blob_file_bytes = 64 << 10;
    options_.blob_bytes_min = 1'000;
    options_.trim_step_bytes = 10'000;
    options_.time_index_interval_ms = 20;
    options_.time_index_interval_bytes = 5'000;
    lanes_ = static_cast<uint32_t>(1 + Below(2));
    Reopen();
    for (uint32_t i = 0; i < kShards; ++i) CreateBoth(Key(i), {});
  }

  void Step() {
    switch (Below(17)) {
      case 0:
        return Create();
      case 1:
        return Below(8) == 0 ? Delete(AnyShard())
                             : clock_.AdvanceMs(static_cast<int64_t>(Below(50)));
      case 2:
        return Trim();
      case 3:
        return Below(4) == 0 ? Reopen() : clock_.AdvanceMs(static_cast<int64_t>(Below(5)));
      case 4:
      case 5:
        return FindByTime();
      case 6:
      case 7:
      case 8:
        return Read();
      case 9:
        if (Below(3) == 0) return Reshard();
        return Below(8) == 0 ? Seal(AnyShard()) : Append();
      default:
        return Append();
    }
  }

  void CompareAll() {
    for (uint32_t i = 0; i < kShards; ++i) Compare(Key(i), SequenceNumber(0), {});
  }

 private:
  uint64_t Below(uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_);
  }
  static ShardKey Key(uint32_t shard) { return {StreamId(1 + shard / 2), ShardIndex(shard % 2)}; }
  ShardKey AnyShard() { return Key(static_cast<uint32_t>(Below(kShards))); }

  // A number in, below or above the shard's.
  SequenceNumber AnyNumber(const ShardKey& shard) {
    const auto bounds = model_.Bounds(shard);
    return SequenceNumber(Below((bounds.ok() ? bounds->end.value() : 1) + 3));
  }

  static bool SameOutcome(const absl::Status& a, const absl::Status& b) {
    return a.ok() == b.ok() && (a.ok() || ReasonOf(a) == ReasonOf(b));
  }

  void Create() {
    const ShardKey shard = AnyShard();
    NewShard spec{SequenceNumber(1 + Below(1000)), {}};
    while (Below(2) == 0) spec.parents.push_back(AnyShard());
    CreateBoth(shard, spec);
  }

  void CreateBoth(const ShardKey& shard, const NewShard& spec) {
    REQUIRE(SameOutcome(testing::CreateShard(*open_, shard, spec),
                        testing::CreateShard(model_, shard, spec)));
  }

  // A shard is made anew as the child of one or two others.
  void Reshard() {
    const ShardKey child = AnyShard();
    NewShard spec;
    for (uint64_t i = Below(2); i < 2; ++i) {
      const ShardKey parent = AnyShard();
      if (parent == child) continue;
      Seal(parent);
      spec.parents.push_back(parent);
      spec.first = std::max(spec.first, AnyNumber(parent).Plus(Below(20)));
      if (const auto bounds = model_.Bounds(parent); bounds.ok() && Below(10) > 0)
        spec.first = std::max(spec.first, bounds->end);
    }
    Delete(child);
    CreateBoth(child, spec);
  }

  void Delete(const ShardKey& shard) {
    REQUIRE(testing::DeleteShard(*open_, shard).ok());
    REQUIRE(testing::DeleteShard(model_, shard).ok());
  }

  void Append() {
    // One more often, so that a producer has more puts there than are kept.
    const ShardKey shard = Below(2) == 0 ? Key(0) : AnyShard();
    std::vector<std::string> data(1 + Below(5));
    for (std::string& record : data)
      record.assign(Below(4) == 0 ? Below(3'000) : Below(50), static_cast<char>('a' + Below(26)));
    const auto codec = static_cast<Codec>(Below(3));
    const ProducerStamp producer = AnyProducer();
    // Two hash keys, so that batches have one, the other, or both.
    const std::vector<HashKey> hash_keys = AnyHashKeys(data.size());
    const auto batch = [&] {
      RecordBatchBuilder builder;
      for (size_t i = 0; i < data.size(); ++i) builder.Add({data[i], "key", ""}, hash_keys[i]);
      return std::move(builder).Build(shard, codec, producer);
    };
    const AppendConditions conditions = AnyConditions(shard, producer);
    const auto stored = AppendAndWait(*open_, shard, batch(), conditions);
    const auto expected = AppendAndWait(model_, shard, batch(), conditions);
    REQUIRE(SameOutcome(stored.status(), expected.status()));
    if (!stored.ok()) return;
    REQUIRE(stored->first_sequence_number == expected->first_sequence_number);
    REQUIRE(stored->append_time_ms == expected->append_time_ms);
    REQUIRE(stored->shard == expected->shard);
    REQUIRE(stored->record_count == expected->record_count);
    REQUIRE(stored->duplicate == expected->duplicate);
  }

  // None, or one of a few with a put that is new, or comes again.
  ProducerStamp AnyProducer() {
    if (Below(4) == 0) return {};
    const uint64_t id = 1 + Below(2);
    uint64_t& sequence = sequences_[id];
    if (Below(2) == 0) return {id, epochs_[id], ++sequence};
    if (Below(20) == 0) return {id, ++epochs_[id], ++sequence};
    const auto age = std::min<uint64_t>(sequence, Below(2 * kProducerResultsKept));
    return {id, Below(20) == 0 ? 0 : epochs_[id], sequence - age};
  }

  std::vector<HashKey> AnyHashKeys(size_t count) {
    const uint64_t which = Below(6);
    std::vector<HashKey> keys;
    for (size_t i = 0; i < count; ++i) {
      if (which == 0) keys.emplace_back(Below(2));
      if (which > 0) keys.emplace_back(which % 2);
    }
    return keys;
  }

  AppendConditions AnyConditions(const ShardKey& shard, const ProducerStamp& producer) {
    AppendConditions conditions;
    if (Below(8) == 0) conditions.expected_next = AnyNumber(shard);
    if (Below(8) == 0) {
      conditions.producer_previous =
          Below(2) == 0 ? producer.producer_sequence - 1 : Below(producer.producer_sequence + 2);
    }
    return conditions;
  }

  void Seal(const ShardKey& shard) {
    const auto stored = testing::Seal(*open_, shard);
    const auto expected = testing::Seal(model_, shard);
    REQUIRE(SameOutcome(stored.status(), expected.status()));
    if (stored.ok()) RequireSame(*stored, *expected);
  }

  static void RequireSame(const ShardBounds& bounds, const ShardBounds& expected) {
    REQUIRE(bounds.first == expected.first);
    REQUIRE(bounds.end == expected.end);
    REQUIRE(bounds.sealed == expected.sealed);
  }

  void Trim() {
    const ShardKey shard = AnyShard();
    const SequenceNumber first = AnyNumber(shard);
    REQUIRE(SameOutcome(TrimAndWait(*open_, shard, first), TrimAndWait(model_, shard, first)));
  }

  void FindByTime() {
    const ShardKey shard = AnyShard();
    const int64_t at_ms = clock_.NowMs() - static_cast<int64_t>(Below(400)) + 20;
    const auto stored = open_->FindByTime(shard, at_ms);
    const auto expected = model_.FindByTime(shard, at_ms);
    REQUIRE(SameOutcome(stored.status(), expected.status()));
    if (stored.ok()) REQUIRE(*stored == *expected);
  }

  void Read() {
    const ShardKey shard = AnyShard();
    Compare(shard, AnyNumber(shard), {static_cast<uint32_t>(1 + Below(20)), 1 + Below(10'000)});
  }

  void Compare(const ShardKey& shard, SequenceNumber from, const ReadLimits& limits) {
    const auto bounds = open_->Bounds(shard);
    const auto expected_bounds = model_.Bounds(shard);
    REQUIRE(SameOutcome(bounds.status(), expected_bounds.status()));
    if (!bounds.ok()) return;
    RequireSame(*bounds, *expected_bounds);
    const auto stored = ReadAll(*open_, shard, from, limits);
    const auto expected = ReadAll(model_, shard, from, limits);
    REQUIRE(stored.ok());
    REQUIRE(expected.ok());
    REQUIRE(*stored == *expected);
    CompareOneRead(shard, from, limits);
  }

  // A read may end where memory begins, so it is compared with what the model has behind its end.
  void CompareOneRead(const ShardKey& shard, SequenceNumber from, const ReadLimits& limits) {
    const auto read = open_->Read(shard, from, limits);
    REQUIRE(read.ok());
    if (read->batches.empty()) return;
    const SequenceNumber end = read->batches.back()->header().end_sequence_number();
    const auto behind = model_.Read(shard, end, {1, 1});
    std::optional<int64_t> expected_ms;
    if (!behind->batches.empty()) expected_ms = behind->batches.front()->header().append_time_ms;
    REQUIRE(read->next_append_time_ms == expected_ms);
  }

  void Reopen() {
    // Half the time without Close's own status being asked for: the destructor must do.
    if (open_.store != nullptr && Below(2) == 0) REQUIRE(open_->Close().ok());
    open_ = {};
    open_ = testing::MustOpenStore(folder_.path(), options_, lanes_);
    CompareAll();
  }

  std::mt19937_64 random_;
  // Of each producer, the last that it used.
  std::map<uint64_t, uint64_t> sequences_;
  std::map<uint64_t, uint32_t> epochs_;
  const testing::TemporaryFolder folder_;
  ManualClock clock_;
  testing::MemoryShardLog model_;
  LaneOptions options_;
  uint32_t lanes_ = 1;
  testing::OpenStore open_;
};

TEST_CASE("random operations give what the model gives", "[store]") {
  const char* const replay = std::getenv("PENSTOCK_TEST_SEED");
  const uint64_t first = replay != nullptr ? std::strtoull(replay, nullptr, 10) : 1;
  const uint64_t last = replay != nullptr ? first : kSeeds;
  for (uint64_t seed = first; seed <= last; ++seed) {
    INFO("seed " << seed);
    RandomRun run(seed);
    for (int i = 0; i < kOperations; ++i) run.Step();
    run.CompareAll();
  }
}

}  // namespace
}  // namespace penstock::storage
