// KeyDistribution: where in the hash keys the load lies, from a sample; and where to cut a range.
//
// A plain value, made of weighted hash keys; keys that were sampled more than once count together.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "common/hash_key.h"

namespace penstock::broker {

struct WeightedKey {
  HashKey key;
  double weight = 0;
};

class KeyDistribution {
 public:
  // Keys with at least this share get the cut right beside them, and so a shard of their own in the
  // end.
  static constexpr double kIsolateShare = 0.2;

  struct HeaviestKey {
    HashKey key;
    // Of the weight, 0 to 1.
    double share = 0;
  };
  struct Cut {
    // The first key of the upper part.
    HashKey at;
    double lower_share = 0;

    double smaller_share() const { return lower_share < 0.5 ? lower_share : 1 - lower_share; }
  };

  KeyDistribution() = default;
  explicit KeyDistribution(std::vector<WeightedKey> samples);

  // Samples that it was made from.
  size_t sample_count() const { return sample_count_; }
  // Nothing if there are no samples.
  std::optional<HeaviestKey> heaviest() const;
  // The cut that leaves the heavier part as light as can be: the weighted median, moved to the next
  // gap between keys. Nothing where no two keys inside `range` were seen.
  std::optional<Cut> BestCut(const HashKeyRange& range) const;

 private:
  size_t sample_count_ = 0;
  // In order of key, each once.
  std::vector<WeightedKey> keys_;
  double total_ = 0;
};

// The first key of the upper half; nothing for a range of one key.
std::optional<HashKey> MiddleOf(const HashKeyRange& range);

}  // namespace penstock::broker
