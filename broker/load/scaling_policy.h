// DecideScaling: which shards of an on-demand stream are split and merged now.
//
// A pure function of what is known of the stream; docs/on-demand.md says it in words. A shard's
// *heat* is its load as a part of what a shard is rated for, in bytes or in records, whichever is
// more.
//
//   heat over kSplitHeat for a minute         split at the weighted median of its keys
//   the same, but half of it is one key's,    not split: reported as a hot shard
//     and a split would not take much away
//   two neighbours under kMergeHeat together  merged, if the stream keeps enough shards for warm
//     for a quarter of an hour                throughput and for kPeakFactor times its peak
//   fewer shards than warm throughput asks    the widest are split, each evaluation anew
//
// Does not swing: what a merge makes is half as hot as what is split, a shard is only judged by its
// own time, and two neighbours are not merged if their part of the hash keys would be hot at the
// stream's peak.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/load/key_distribution.h"
#include "broker/load/load.h"
#include "broker/load/shard_load.h"
#include "broker/stream/hot_shard.h"
#include "broker/stream/stream_config.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/limits.h"

namespace penstock::broker {

inline constexpr double kSplitHeat = 0.5;
inline constexpr int64_t kSplitAfterMs = 60'000;
inline constexpr double kMergeHeat = 0.25;
inline constexpr int64_t kMergeAfterMs = ShardLoad::kQuietMinutes * 60'000;
// Shards are kept for so many times the peak.
inline constexpr double kPeakFactor = 2;
// Between two changes of a stream, but for those that warm throughput asks for.
inline constexpr int64_t kScalingCooldownMs = 30'000;
// A key with this share makes a shard that is hot by one key...
inline constexpr double kHotKeyShare = 0.5;
// ... unless a split takes as much as this off it.
inline constexpr double kWorthSplittingShare = 0.2;
// With fewer samples a shard is split in the middle.
inline constexpr size_t kSamplesToCutBy = 16;

struct OpenShard {
  ShardIndex index;
  HashKeyRange hash_keys;
  ShardLoadReport load;
  // Needed of hot shards alone; without it a shard is split in the middle.
  KeyDistribution keys;
};

struct ScalingInput {
  // Of one shard, a second; neither 0.
  Load rating{1'000, 1 << 20};
  uint32_t warm_throughput_mibps = 0;
  // In order of hash key.
  std::vector<OpenShard> shards;
  // Of the whole stream, a second, in the last days.
  Load peak;
  // Merges leave so many, whatever the load.
  uint32_t shards_min = kOnDemandShardsDefault;
  int64_t since_change_ms = 0;
  uint32_t open_shards_max = kShardsPerStreamMax;
  // Shards that the node takes in addition: a split makes two, a merge one.
  uint32_t new_shards_max = kShardsMax;
};

struct SplitAction {
  ShardIndex shard;
  // The first key of the upper child; inside the shard's range, and not its first.
  HashKey at;
};

struct MergeAction {
  ShardIndex lower;
  ShardIndex upper;
};

// No shard is in two actions: all of them fit into one switch.
struct ScalingDecision {
  std::vector<SplitAction> splits;
  std::vector<MergeAction> merges;
  std::vector<HotShardReport> hot_shards;

  bool changes() const { return !splits.empty() || !merges.empty(); }
};

ScalingDecision DecideScaling(const ScalingInput& input);

double HeatOf(const Load& per_second, const Load& rating);

// What a shard of the stream is rated for: its write limits, and those of Kinesis where it has none.
Load RatingOf(const StreamLimits& limits);

}  // namespace penstock::broker
