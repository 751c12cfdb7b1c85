#include "broker/load/scaling_policy.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr uint64_t kMib = 1 << 20;
constexpr int64_t kHourMs = 3'600'000;

// `count` shards that have been idle for an hour.
ScalingInput Idle(uint32_t count) {
  ScalingInput input;
  input.since_change_ms = kHourMs;
  const std::vector<HashKeyRange> ranges = UniformRanges(count);
  for (uint32_t i = 0; i < count; ++i) {
    input.shards.push_back({ShardIndex(i), ranges[i], {kHourMs, {}, {}}, {}});
  }
  return input;
}

void SetLoad(OpenShard& shard, const Load& load) {
  shard.load.per_second = load;
  shard.load.per_second_max = load;
}

// Keys at these parts of the shard's range, each with a weight; many times, so that they are enough.
KeyDistribution KeysAt(const HashKeyRange& range, std::vector<std::pair<double, double>> parts) {
  const Uint128 width = range.last.value() - range.first.value();
  std::vector<WeightedKey> samples;
  for (const auto& [part, weight] : parts) {
    const auto at = static_cast<Uint128>(static_cast<double>(width >> 64) * part) << 64;
    for (int i = 0; i < 16; ++i) samples.push_back({HashKey(range.first.value() + at), weight});
  }
  return KeyDistribution(std::move(samples));
}

TEST_CASE("four idle shards are left as they are", "[scaling]") {
  CHECK_FALSE(DecideScaling(Idle(4)).changes());
  CHECK_FALSE(DecideScaling(ScalingInput()).changes());
}

TEST_CASE("a shard above half of its rating is split, by bytes or by records", "[scaling]") {
  ScalingInput input = Idle(4);
  SetLoad(input.shards[1], {500, kMib / 2});
  CHECK_FALSE(DecideScaling(input).changes());
  SetLoad(input.shards[1], {500, kMib / 2 + 1});
  SetLoad(input.shards[2], {501, 0});
  const ScalingDecision decision = DecideScaling(input);
  REQUIRE(decision.splits.size() == 2);
  // The hottest first; without samples in the middle.
  CHECK(decision.splits[0].shard == ShardIndex(2));
  CHECK(decision.splits[0].at == MiddleOf(input.shards[2].hash_keys));
  CHECK(decision.splits[1].shard == ShardIndex(1));
  CHECK(decision.merges.empty());
  CHECK(decision.hot_shards.empty());
}

TEST_CASE("a shard is split after a minute, and not while the stream cools down", "[scaling]") {
  ScalingInput input = Idle(4);
  SetLoad(input.shards[0], {0, kMib});
  input.shards[0].load.observed_ms = kSplitAfterMs - 1;
  CHECK(DecideScaling(input).splits.empty());
  input.shards[0].load.observed_ms = kSplitAfterMs;
  CHECK(DecideScaling(input).splits.size() == 1);
  input.since_change_ms = kScalingCooldownMs - 1;
  CHECK(DecideScaling(input).splits.empty());
  input.since_change_ms = kScalingCooldownMs;
  CHECK(DecideScaling(input).splits.size() == 1);
}

TEST_CASE("a split is at the median of the load, not in the middle", "[scaling]") {
  ScalingInput input = Idle(4);
  OpenShard& shard = input.shards[0];
  SetLoad(shard, {0, kMib});
  shard.keys = KeysAt(shard.hash_keys, {{0.1, 1}, {0.12, 1}, {0.14, 1}, {0.16, 1}, {0.9, 1}});
  const ScalingDecision decision = DecideScaling(input);
  REQUIRE(decision.splits.size() == 1);
  const Uint128 width = shard.hash_keys.last.value();
  CHECK(decision.splits[0].at.value() > width / 100 * 11);
  CHECK(decision.splits[0].at.value() < width / 100 * 16);
}

TEST_CASE("a shard that is hot by one key is reported, not split", "[scaling]") {
  ScalingInput input = Idle(4);
  OpenShard& shard = input.shards[3];
  SetLoad(shard, {100, 3 * kMib});
  shard.keys = KeysAt(shard.hash_keys, {{0.2, 1}, {0.5, 8}, {0.8, 1}});
  const ScalingDecision decision = DecideScaling(input);
  CHECK_FALSE(decision.changes());
  REQUIRE(decision.hot_shards.size() == 1);
  CHECK(decision.hot_shards[0].shard == ShardIndex(3));
  CHECK(decision.hot_shards[0].hash_key == shard.keys.heaviest()->key);
  CHECK(decision.hot_shards[0].share > 0.79);
  CHECK(decision.hot_shards[0].share < 0.81);
  CHECK(decision.hot_shards[0].bytes_per_second == 3 * kMib);
  // Told while the stream cools down, too.
  input.since_change_ms = 0;
  CHECK(DecideScaling(input).hot_shards.size() == 1);
  // One key alone.
  shard.keys = KeysAt(shard.hash_keys, {{0.5, 1}});
  CHECK(DecideScaling(input).hot_shards[0].share == 1.0);
}

TEST_CASE("a hot key that has neighbours is parted from them", "[scaling]") {
  ScalingInput input = Idle(4);
  OpenShard& shard = input.shards[0];
  SetLoad(shard, {0, kMib});
  shard.keys = KeysAt(shard.hash_keys, {{0.2, 1}, {0.3, 1}, {0.4, 1}, {0.5, 6}, {0.8, 1}});
  const ScalingDecision decision = DecideScaling(input);
  REQUIRE(decision.splits.size() == 1);
  CHECK(decision.splits[0].at == shard.keys.heaviest()->key);
  CHECK(decision.hot_shards.empty());
}

TEST_CASE("the hottest get the room there is", "[scaling]") {
  ScalingInput input = Idle(8);
  for (uint32_t i = 0; i < 8; ++i) SetLoad(input.shards[i], {0, kMib + i});
  input.new_shards_max = 5;
  ScalingDecision decision = DecideScaling(input);
  REQUIRE(decision.splits.size() == 2);
  CHECK(decision.splits[0].shard == ShardIndex(7));
  CHECK(decision.splits[1].shard == ShardIndex(6));
  input.new_shards_max = kShardsMax;
  input.open_shards_max = 9;
  CHECK(DecideScaling(input).splits.size() == 1);
  input.open_shards_max = 8;
  CHECK(DecideScaling(input).splits.empty());
  input.new_shards_max = 1;
  CHECK(DecideScaling(input).splits.empty());
}

TEST_CASE("cold neighbours are merged down to four shards", "[scaling]") {
  const ScalingDecision first = DecideScaling(Idle(16));
  REQUIRE(first.merges.size() == 8);
  CHECK(first.merges[0].lower == ShardIndex(0));
  CHECK(first.merges[0].upper == ShardIndex(1));
  CHECK(DecideScaling(Idle(7)).merges.size() == 3);
  CHECK(DecideScaling(Idle(5)).merges.size() == 1);
  ScalingInput input = Idle(16);
  input.shards_min = 14;
  CHECK(DecideScaling(input).merges.size() == 2);
  input.new_shards_max = 1;
  CHECK(DecideScaling(input).merges.size() == 1);
  input.since_change_ms = kScalingCooldownMs - 1;
  CHECK(DecideScaling(input).merges.empty());
}

TEST_CASE("neighbours are merged while both were cold for a quarter of an hour", "[scaling]") {
  ScalingInput input = Idle(6);
  input.shards_min = 1;
  for (OpenShard& shard : input.shards) SetLoad(shard, {0, kMib});
  SetLoad(input.shards[2], {0, kMib / 8});
  SetLoad(input.shards[3], {0, kMib / 8});
  CHECK(DecideScaling(input).merges.empty());
  SetLoad(input.shards[3], {0, kMib / 8 - 1});
  REQUIRE(DecideScaling(input).merges.size() == 1);
  CHECK(DecideScaling(input).merges[0].lower == ShardIndex(2));
  CHECK(DecideScaling(input).merges[0].upper == ShardIndex(3));
  // The fullest minute counts.
  input.shards[2].load.per_second_max.records = 300;
  CHECK(DecideScaling(input).merges.empty());
  SetLoad(input.shards[2], {});
  input.shards[2].load.observed_ms = kMergeAfterMs - 1;
  CHECK(DecideScaling(input).merges.empty());
  input.shards[2].load.observed_ms = kMergeAfterMs;
  CHECK(DecideScaling(input).merges.size() == 1);
}

TEST_CASE("shards are kept for twice the peak of the last days", "[scaling]") {
  ScalingInput input = Idle(16);
  input.peak = {0, 7 * kMib};
  // 14 for the peak; and a sixteenth twice of 7 MiB is 0.875 MiB, too hot for one shard.
  CHECK(DecideScaling(input).merges.empty());
  input.peak = {0, 4 * kMib};
  CHECK(DecideScaling(input).merges.size() == 8);
  input.peak = {0, 4 * kMib + 1};
  CHECK(DecideScaling(input).merges.empty());
  // Narrow shards, as hot spots leave them, are merged all the same, down to 14.
  for (uint32_t i = 0; i < 16; ++i) {
    input.shards[i].hash_keys = {HashKey(i * 100), HashKey(i * 100 + 99)};
  }
  input.shards.back().hash_keys.last = HashKey::Max();
  input.peak = {0, 7 * kMib};
  CHECK(DecideScaling(input).merges.size() == 2);
  input.peak = {UINT64_MAX, UINT64_MAX};
  CHECK(DecideScaling(input).merges.empty());
}

TEST_CASE("warm throughput raises the shards at once, and keeps them", "[scaling]") {
  ScalingInput input = Idle(4);
  input.warm_throughput_mibps = 7;
  input.since_change_ms = 0;
  CHECK(DecideScaling(input).splits.size() == 3);
  input.warm_throughput_mibps = 100;
  for (OpenShard& shard : input.shards) shard.load.observed_ms = 0;
  CHECK(DecideScaling(input).splits.size() == 4);
  input.open_shards_max = 6;
  CHECK(DecideScaling(input).splits.size() == 2);

  ScalingInput enough = Idle(12);
  enough.warm_throughput_mibps = 10;
  CHECK(DecideScaling(enough).splits.empty());
  CHECK(DecideScaling(enough).merges.size() == 2);
}

TEST_CASE("no shard is in two actions", "[scaling]") {
  ScalingInput input = Idle(8);
  for (uint32_t i = 0; i < 8; i += 3) SetLoad(input.shards[i], {0, kMib});
  const ScalingDecision decision = DecideScaling(input);
  CHECK(decision.splits.size() == 3);
  REQUIRE(decision.merges.size() == 2);
  CHECK(decision.merges[0].lower == ShardIndex(1));
  CHECK(decision.merges[1].lower == ShardIndex(4));
}

TEST_CASE("the rating is that of the stream's limits", "[scaling]") {
  CHECK(RatingOf(StreamLimits()) == Load{1'000, kMib});
  CHECK(RatingOf(StreamLimits::Kinesis()) == Load{1'000, kMib});
  CHECK(RatingOf({StreamLimits::Profile::kCustom, 5'000, 0, 0, 0, 0}) == Load{5'000, kMib});
  ScalingInput input = Idle(4);
  input.rating = {1'000, 10 * kMib};
  SetLoad(input.shards[0], {0, 5 * kMib});
  CHECK(DecideScaling(input).splits.empty());
  input.warm_throughput_mibps = 45;
  CHECK(DecideScaling(input).splits.size() == 1);
}

}  // namespace
}  // namespace penstock::broker
