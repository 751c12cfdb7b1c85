// ShardLoad: what one shard is put, and by which hash keys.
//
// Counts load in a sliding minute and, coarser, in the last quarter of an hour. Keys are sampled by
// weight: about one for each kSampleEvery of it, at most kSamplesPerPut a put, the newest kSamples
// of the last two minutes. One sample tells both where the middle of the load is and how much of it
// is one key's: with 256 of them a share of a half is known to 3 percent, which a table of heavy
// hitters would not better by enough to be kept beside. A put costs some ten nanoseconds, and for
// each key that is sampled some ten more; no memory is taken. Not thread-safe: LoadMeter is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

#include "broker/load/key_distribution.h"
#include "broker/load/load.h"
#include "broker/load/load_window.h"
#include "common/hash_key.h"

namespace penstock::broker {

struct RecordLoad {
  HashKey hash_key;
  // Data and partition key.
  uint64_t bytes = 0;
};

// The record at a position of the put, from 0.
using RecordLoadAt = absl::FunctionRef<RecordLoad(uint32_t)>;

struct ShardLoadReport {
  // How long the shard has been looked at.
  int64_t observed_ms = 0;
  // A second, on average over the last minute.
  Load per_second;
  // A second, in the minute with the most of it of the last kQuietMinutes.
  Load per_second_max;
};

class ShardLoad {
 public:
  static constexpr int64_t kQuietMinutes = 15;
  static constexpr size_t kSamples = 256;
  static constexpr uint64_t kSampleEvery = 64 << 10;
  static constexpr uint32_t kSamplesPerPut = 4;
  static constexpr int64_t kSampleAgeMsMax = 120'000;

  // Observes from now on. `seed` is of which records are sampled.
  ShardLoad(uint64_t seed, int64_t now_ms)
      : began_ms_(now_ms), random_(seed), until_sample_(NextInterval()) {}

  // `load` is of all `load.records` records of the put, of which some are asked for.
  void Observe(const Load& load, RecordLoadAt record_at, int64_t now_ms);

  ShardLoadReport Report(int64_t now_ms) const;
  // Of the last two minutes; for KeyDistribution.
  std::vector<WeightedKey> SampledKeys(int64_t now_ms) const;

 private:
  struct Sample {
    HashKey key;
    double weight;
    int64_t at_ms;
  };

  void Keep(const Sample& sample);
  uint64_t Random();
  // kSampleEvery on average, so that no rhythm of the writers is followed.
  int64_t NextInterval();

  int64_t began_ms_;
  LoadWindow<12, 5'000> minute_;
  LoadWindow<kQuietMinutes, 60'000> minutes_;
  uint64_t random_;
  // Weight to go until the next sample.
  int64_t until_sample_;
  // A ring, grown on demand; next_sample_ is the oldest once it is full.
  std::vector<Sample> samples_;
  size_t next_sample_ = 0;
};

}  // namespace penstock::broker
