#include "broker/stream/reshard_plan.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "broker/stream/reshard_requests.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

using Stream = std::shared_ptr<const StreamSnapshot>;

Stream Uniform(uint32_t shards) {
  StreamConfig config;
  config.id = StreamId(1);
  config.name = "orders";
  config.status = StreamStatus::kActive;
  config.next_shard_index = ShardIndex(shards);
  std::vector<ShardInfo> infos;
  for (const HashKeyRange& range : UniformRanges(shards)) {
    ShardInfo info;
    info.index = ShardIndex(static_cast<uint32_t>(infos.size()));
    info.hash_keys = range;
    infos.push_back(info);
  }
  return std::make_shared<const StreamSnapshot>(config, infos);
}

// Makes the switch as if each parent had got `records` records.
Stream Switch(const Stream& stream, const ReshardPlan& plan, uint64_t records = 10) {
  const Stream updating = BeginReshard(*stream, plan, 1'000);
  ParentEnds ends;
  for (const PlannedShard& child : plan.children) {
    for (const ShardIndex parent : child.parents) {
      ends[parent] = stream->FindShard(parent)->starting_sequence_number.Plus(records);
    }
  }
  return ApplySwitch(*updating, ends, 2'000);
}

std::vector<HashKeyRange> OpenRanges(const Stream& stream) {
  std::vector<HashKeyRange> ranges;
  for (HashKey at; true; at = HashKey(ranges.back().last.value() + 1)) {
    ranges.push_back(stream->Route(at).hash_keys);
    if (ranges.back().last == HashKey::Max()) return ranges;
  }
}

// The switches it takes.
int ScaleTo(Stream* stream, uint32_t target) {
  int switches = 0;
  while (const auto plan = PlanShardCount(**stream, target)) {
    *stream = Switch(*stream, *plan);
    ++switches;
  }
  return switches;
}

TEST_CASE("a split makes two of one, above its numbers", "[reshard]") {
  const Stream before = Uniform(2);
  const HashKey middle(UniformRanges(4)[1].first);
  const auto plan = PlanSwitch(*before, {{ShardIndex(0), middle}}, {});
  REQUIRE(plan.ok());
  const Stream after = Switch(before, *plan);
  CHECK(after->config().status == StreamStatus::kActive);
  CHECK_FALSE(after->config().reshard);
  CHECK(after->config().next_shard_index == ShardIndex(4));
  REQUIRE(after->shards().size() == 4);
  const ShardInfo& parent = after->shards()[0];
  CHECK(parent.ending_sequence_number == SequenceNumber(11));
  CHECK(parent.closed_timestamp_ms == 2'000);
  for (const size_t child : {2, 3}) {
    const ShardInfo& shard = after->shards()[child];
    CHECK(shard.open());
    CHECK(shard.parents == std::vector<ShardIndex>{ShardIndex(0)});
    CHECK(shard.starting_sequence_number == SequenceNumber(12));
    CHECK(shard.creation_timestamp_ms == 2'000);
    CHECK(shard.hash_keys == UniformRanges(4)[child - 2]);
  }
  CHECK(after->ChildrenOf(ShardIndex(0)).size() == 2);
  CHECK(after->ChildrenOf(ShardIndex(1)).empty());
}

TEST_CASE("an empty shard that is closed ends no lower than it begins", "[reshard]") {
  const Stream before = Uniform(1);
  const Stream after = Switch(before, *PlanShardCount(*before, 2), 0);
  CHECK(after->shards()[0].ending_sequence_number == SequenceNumber(1));
  CHECK(after->shards()[1].starting_sequence_number == SequenceNumber(2));
}

TEST_CASE("a merge begins above both parents", "[reshard]") {
  const Stream before = Switch(Uniform(2), *PlanShardCount(*Uniform(2), 4), 5);
  // The upper one first, as the caller named them.
  const auto plan = PlanSwitch(*before, {}, {{ShardIndex(4), ShardIndex(3)}});
  REQUIRE(plan.ok());
  const Stream updating = BeginReshard(*before, *plan, 1);
  const Stream after = ApplySwitch(
      *updating, {{ShardIndex(3), SequenceNumber(50)}, {ShardIndex(4), SequenceNumber(9)}}, 2);
  const ShardInfo& child = after->shards().back();
  CHECK(child.index == ShardIndex(6));
  CHECK(child.starting_sequence_number == SequenceNumber(51));
  CHECK(child.parents == std::vector<ShardIndex>{ShardIndex(4), ShardIndex(3)});
  CHECK(child.hash_keys == HashKeyRange{UniformRanges(4)[1].first, UniformRanges(4)[2].last});
}

TEST_CASE("shards that cannot be taken are named", "[reshard]") {
  const Stream stream =
      Switch(Uniform(3),
             *PlanSwitch(*Uniform(3), {{ShardIndex(1), HashKey(UniformRanges(2)[1].first)}}, {}));
  const auto reason = [&](const std::vector<ShardSplit>& splits,
                          const std::vector<ShardMerge>& merges) {
    return ReasonOf(PlanSwitch(*stream, splits, merges).status());
  };
  const HashKey one(1);
  CHECK(reason({{ShardIndex(9), one}}, {}) == ErrorReason::kShardNotFound);
  CHECK(reason({{ShardIndex(1), one}}, {}) == ErrorReason::kInvalidArgument);
  CHECK(reason({{ShardIndex(0), HashKey()}}, {}) == ErrorReason::kInvalidArgument);
  CHECK(reason({{ShardIndex(0), HashKey::Max()}}, {}) == ErrorReason::kInvalidArgument);
  CHECK(reason({{ShardIndex(0), one}, {ShardIndex(0), one}}, {}) == ErrorReason::kInvalidArgument);
  CHECK(reason({}, {{ShardIndex(0), ShardIndex(0)}}) == ErrorReason::kInvalidArgument);
  CHECK(reason({}, {{ShardIndex(0), ShardIndex(2)}}) == ErrorReason::kInvalidArgument);
  CHECK(reason({{ShardIndex(0), one}}, {{ShardIndex(0), ShardIndex(3)}}) ==
        ErrorReason::kInvalidArgument);
  CHECK(PlanSwitch(*stream, {{ShardIndex(0), one}}, {{ShardIndex(4), ShardIndex(3)}}).ok());
}

TEST_CASE("doubling and halving are one switch, other counts a few", "[reshard]") {
  Stream stream = Uniform(4);
  CHECK(ScaleTo(&stream, 4) == 0);
  CHECK(ScaleTo(&stream, 8) == 1);
  CHECK(ScaleTo(&stream, 4) == 1);
  CHECK(ScaleTo(&stream, 3) == 2);
  CHECK(OpenRanges(stream) == UniformRanges(3));
  CHECK(ScaleTo(&stream, 1) == 2);
  CHECK(ScaleTo(&stream, 1'000) == 10);
  CHECK(OpenRanges(stream) == UniformRanges(1'000));
}

TEST_CASE("what is said to be opened is what is opened", "[reshard]") {
  Stream stream = Uniform(4);
  const auto plan = PlanShardCount(*stream, 3);
  const uint64_t said = ShardsOpenedBy(*stream, *plan);
  ScaleTo(&stream, 3);
  CHECK(said == stream->shards().size() - 4);
}

// The parts of the stream below are checked by the constructor of StreamSnapshot too, which would
// end the program.
TEST_CASE("after any row of splits, merges and counts the open shards tile all hash keys",
          "[reshard]") {
  const uint32_t seed = GENERATE(range(0u, 500u));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Stream stream = Uniform(1 + static_cast<uint32_t>(random() % 8));
  for (int step = 0; step < 12; ++step) {
    const std::vector<HashKeyRange> open = OpenRanges(stream);
    const HashKeyRange& range = open[random() % open.size()];
    const ShardInfo& shard = stream->Route(range.first);
    std::optional<ReshardPlan> plan;
    switch (random() % 3) {
      case 0: {
        const Uint128 width = range.last.value() - range.first.value();
        if (width == 0) continue;
        const Uint128 wide = Uint128{random()} << 64 | random();
        plan = *PlanSwitch(*stream,
                           {{shard.index, HashKey(range.first.value() + 1 + wide % width)}}, {});
        break;
      }
      case 1: {
        if (range.last == HashKey::Max()) continue;
        const ShardInfo& next = stream->Route(HashKey(range.last.value() + 1));
        plan = *PlanSwitch(*stream, {}, {{shard.index, next.index}});
        break;
      }
      default:
        plan = PlanShardCount(*stream, 1 + static_cast<uint32_t>(random() % 20));
    }
    if (!plan) continue;
    const Stream after = Switch(stream, *plan, random() % 5);
    // Above all numbers of all parents, and exactly over their hash keys.
    for (const ShardInfo& child : after->shards()) {
      for (const ShardIndex parent_index : child.parents) {
        const ShardInfo& parent = *after->FindShard(parent_index);
        REQUIRE_FALSE(parent.open());
        REQUIRE(child.starting_sequence_number > *parent.ending_sequence_number);
        REQUIRE((parent.hash_keys.Contains(child.hash_keys) ||
                 child.hash_keys.Contains(parent.hash_keys)));
      }
    }
    stream = after;
    const std::vector<HashKeyRange> tiles = OpenRanges(stream);
    REQUIRE(tiles.size() == stream->open_shard_count());
    REQUIRE(tiles.front().first == HashKey());
  }
}

}  // namespace
}  // namespace penstock::broker
