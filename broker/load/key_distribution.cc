#include "broker/load/key_distribution.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace penstock::broker {
namespace {

// Between two neighbours of the sample, `lower` and `upper`, any key will do; beside a heavy one it
// is best right there, so that nothing more is shut in with it.
HashKey CutBetween(const WeightedKey& lower, const WeightedKey& upper, double heavy_weight) {
  const Uint128 first = lower.key.value() + 1;
  const bool lower_heavy = lower.weight >= heavy_weight && lower.weight >= upper.weight;
  if (lower_heavy) return HashKey(first);
  if (upper.weight >= heavy_weight) return upper.key;
  return HashKey(first + (upper.key.value() - first) / 2);
}

}  // namespace

KeyDistribution::KeyDistribution(std::vector<WeightedKey> samples)
    : sample_count_(samples.size()), keys_(std::move(samples)) {
  std::sort(keys_.begin(), keys_.end(),
            [](const WeightedKey& a, const WeightedKey& b) { return a.key < b.key; });
  size_t kept = 0;
  for (const WeightedKey& sample : keys_) {
    total_ += sample.weight;
    if (kept > 0 && keys_[kept - 1].key == sample.key) {
      keys_[kept - 1].weight += sample.weight;
    } else {
      keys_[kept++] = sample;
    }
  }
  keys_.resize(kept);
}

std::optional<KeyDistribution::HeaviestKey> KeyDistribution::heaviest() const {
  if (total_ <= 0) return std::nullopt;
  const auto heaviest = std::max_element(
      keys_.begin(), keys_.end(),
      [](const WeightedKey& a, const WeightedKey& b) { return a.weight < b.weight; });
  return HeaviestKey{heaviest->key, heaviest->weight / total_};
}

std::optional<KeyDistribution::Cut> KeyDistribution::BestCut(const HashKeyRange& range) const {
  const auto begin =
      std::lower_bound(keys_.begin(), keys_.end(), range.first,
                       [](const WeightedKey& key, HashKey first) { return key.key < first; });
  const auto end =
      std::upper_bound(begin, keys_.end(), range.last,
                       [](HashKey last, const WeightedKey& key) { return last < key.key; });
  double total = 0;
  for (auto key = begin; key != end; ++key) total += key->weight;
  if (total <= 0) return std::nullopt;

  std::optional<Cut> best;
  double below = 0;
  for (auto lower = begin; lower != end && std::next(lower) != end; ++lower) {
    below += lower->weight;
    const double share = below / total;
    if (best.has_value() && std::abs(share - 0.5) >= std::abs(best->lower_share - 0.5)) continue;
    best = Cut{CutBetween(*lower, *std::next(lower), kIsolateShare * total), share};
  }
  return best;
}

std::optional<HashKey> MiddleOf(const HashKeyRange& range) {
  if (range.first == range.last) return std::nullopt;
  return HashKey(range.first.value() + (range.last.value() - range.first.value()) / 2 + 1);
}

}  // namespace penstock::broker
