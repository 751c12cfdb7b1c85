#include "broker/load/scaling_policy.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace penstock::broker {
namespace {

// As a part of all hash keys.
double WidthOf(const HashKeyRange& range) {
  return std::ldexp(static_cast<double>(range.last.value() - range.first.value()), -128);
}

struct CutChoice {
  // Absent: the shard should not, or cannot, be split.
  std::optional<HashKey> at;
  // Present: it should not, because of this key.
  std::optional<KeyDistribution::HeaviestKey> hot_key;
};

CutChoice ChooseCut(const OpenShard& shard) {
  const KeyDistribution& keys = shard.keys;
  if (keys.sample_count() < kSamplesToCutBy) return {MiddleOf(shard.hash_keys), std::nullopt};
  const std::optional<KeyDistribution::Cut> cut = keys.BestCut(shard.hash_keys);
  const std::optional<KeyDistribution::HeaviestKey> heaviest = keys.heaviest();
  const bool worth = cut.has_value() && cut->smaller_share() >= kWorthSplittingShare;
  if (!worth && heaviest.has_value() && heaviest->share >= kHotKeyShare) {
    return {std::nullopt, heaviest};
  }
  return {cut.has_value() ? std::optional(cut->at) : MiddleOf(shard.hash_keys), std::nullopt};
}

class Planner {
 public:
  explicit Planner(const ScalingInput& input)
      : input_(input), open_(static_cast<uint32_t>(input.shards.size())) {}

  ScalingDecision Decide() && {
    const bool may_change = input_.since_change_ms >= kScalingCooldownMs;
    SplitHotShards(may_change);
    SplitForWarmThroughput();
    if (may_change) MergeColdShards();
    return std::move(decision_);
  }

 private:
  // Hottest first: they get the room there is.
  void SplitHotShards(bool may_split) {
    std::vector<const OpenShard*> hot;
    for (const OpenShard& shard : input_.shards) {
      if (shard.load.observed_ms >= kSplitAfterMs &&
          HeatOf(shard.load.per_second, input_.rating) > kSplitHeat) {
        hot.push_back(&shard);
      }
    }
    std::stable_sort(hot.begin(), hot.end(), [&](const OpenShard* a, const OpenShard* b) {
      return HeatOf(a->load.per_second, input_.rating) > HeatOf(b->load.per_second, input_.rating);
    });
    for (const OpenShard* shard : hot) {
      const CutChoice choice = ChooseCut(*shard);
      if (choice.hot_key.has_value()) {
        decision_.hot_shards.push_back({shard->index, choice.hot_key->key, choice.hot_key->share,
                                        shard->load.per_second.bytes});
      } else if (may_split) {
        MaybeSplit(*shard, choice.at);
      }
    }
  }

  void SplitForWarmThroughput() {
    const uint32_t wanted = std::min(WarmShards(), input_.open_shards_max);
    if (open_ >= wanted) return;
    std::vector<const OpenShard*> widest;
    for (const OpenShard& shard : input_.shards) {
      if (!busy_.contains(shard.index)) widest.push_back(&shard);
    }
    std::stable_sort(widest.begin(), widest.end(), [](const OpenShard* a, const OpenShard* b) {
      return WidthOf(a->hash_keys) > WidthOf(b->hash_keys);
    });
    for (const OpenShard* shard : widest) {
      if (open_ >= wanted) return;
      MaybeSplit(*shard, ChooseCut(*shard).at);
    }
  }

  void MaybeSplit(const OpenShard& shard, std::optional<HashKey> at) {
    if (!at.has_value() || open_ >= input_.open_shards_max || made_ + 2 > input_.new_shards_max) {
      return;
    }
    decision_.splits.push_back({shard.index, *at});
    busy_.insert(shard.index);
    open_ += 1;
    made_ += 2;
  }

  // Coldest pairs first.
  void MergeColdShards() {
    struct Pair {
      double heat;
      const OpenShard* lower;
      const OpenShard* upper;
    };
    std::vector<Pair> pairs;
    for (size_t i = 1; i < input_.shards.size(); ++i) {
      const OpenShard& lower = input_.shards[i - 1];
      const OpenShard& upper = input_.shards[i];
      if (!MayMerge(lower, upper)) continue;
      const Load together = lower.load.per_second_max + upper.load.per_second_max;
      pairs.push_back({HeatOf(together, input_.rating), &lower, &upper});
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const Pair& a, const Pair& b) { return a.heat < b.heat; });
    const uint32_t keep = ShardsToKeep();
    for (const Pair& pair : pairs) {
      if (open_ <= keep || made_ + 1 > input_.new_shards_max) return;
      if (busy_.contains(pair.lower->index) || busy_.contains(pair.upper->index)) continue;
      decision_.merges.push_back({pair.lower->index, pair.upper->index});
      busy_.insert(pair.lower->index);
      busy_.insert(pair.upper->index);
      open_ -= 1;
      made_ += 1;
    }
  }

  bool MayMerge(const OpenShard& lower, const OpenShard& upper) const {
    if (lower.load.observed_ms < kMergeAfterMs || upper.load.observed_ms < kMergeAfterMs) {
      return false;
    }
    const Load together = lower.load.per_second_max + upper.load.per_second_max;
    if (HeatOf(together, input_.rating) >= kMergeHeat) return false;
    // Otherwise an even load that comes back each morning would find its shards merged each night.
    const double width = WidthOf(lower.hash_keys) + WidthOf(upper.hash_keys);
    return width * HeatOf(input_.peak, input_.rating) <= kSplitHeat;
  }

  uint32_t WarmShards() const {
    const double bytes = std::ldexp(static_cast<double>(input_.warm_throughput_mibps), 20);
    return static_cast<uint32_t>(std::ceil(bytes / static_cast<double>(input_.rating.bytes)));
  }

  uint32_t ShardsToKeep() const {
    const double for_peak = std::ceil(kPeakFactor * HeatOf(input_.peak, input_.rating));
    // A peak may be any number: what is more than all shards keeps them all.
    const auto peak_shards =
        static_cast<uint32_t>(std::min(for_peak, static_cast<double>(kShardsPerStreamMax)));
    return std::max({input_.shards_min, WarmShards(), peak_shards});
  }

  const ScalingInput& input_;
  // As the actions leave them.
  uint32_t open_;
  uint32_t made_ = 0;
  absl::flat_hash_set<ShardIndex> busy_;
  ScalingDecision decision_;
};

}  // namespace

ScalingDecision DecideScaling(const ScalingInput& input) {
  return Planner(input).Decide();
}

double HeatOf(const Load& per_second, const Load& rating) {
  return std::max(static_cast<double>(per_second.bytes) / static_cast<double>(rating.bytes),
                  static_cast<double>(per_second.records) / static_cast<double>(rating.records));
}

Load RatingOf(const StreamLimits& limits) {
  const StreamLimits kinesis = StreamLimits::Kinesis();
  Load rating{kinesis.write_records_per_second, kinesis.write_bytes_per_second};
  if (limits.write_records_per_second != 0) rating.records = limits.write_records_per_second;
  if (limits.write_bytes_per_second != 0) rating.bytes = limits.write_bytes_per_second;
  return rating;
}

}  // namespace penstock::broker
