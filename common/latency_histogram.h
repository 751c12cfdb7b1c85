// LatencyHistogram: how long something took, counted in fixed buckets.
//
//   histogram.Record(clock.MonotonicUs() - began_us);
//   histogram.snapshot().QuantileUs(0.99)
//
// The bounds are the same everywhere, so that histograms can be added up and compared; they span a
// sync to a fast disk (50 us) and the longest wait of a long-poll (30 s). Record costs two relaxed
// atomic additions and never blocks. Thread-safe: a snapshot taken while others record may lack
// what is just being recorded, and count it next time.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace penstock {

class LatencyHistogram {
 public:
  // Upper bounds, each of its bucket; what is above the last has a bucket of its own.
  static constexpr std::array<int64_t, 18> kBoundsUs = {
      50,     100,     250,     500,     1'000,     2'500,     5'000,     10'000,     25'000,
      50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};
  static constexpr size_t kBuckets = kBoundsUs.size() + 1;

  struct Snapshot {
    // Not cumulative: counts[i] is of (kBoundsUs[i - 1], kBoundsUs[i]].
    std::array<uint64_t, kBuckets> counts = {};
    uint64_t sum_us = 0;

    uint64_t count() const { return std::accumulate(counts.begin(), counts.end(), uint64_t{0}); }

    // The upper bound of the bucket that the quantile, 0 to 1, falls into; the last bound for what
    // is above it; 0 if nothing was recorded.
    int64_t QuantileUs(double quantile) const {
      const uint64_t total = count();
      if (total == 0) return 0;
      const double rank = quantile * static_cast<double>(total);
      uint64_t below = 0;
      for (size_t i = 0; i < kBoundsUs.size(); ++i) {
        below += counts[i];
        if (below > 0 && static_cast<double>(below) >= rank) return kBoundsUs[i];
      }
      return kBoundsUs.back();
    }
  };

  // A clock that went back counts as no time.
  void Record(int64_t took_us) {
    took_us = std::max<int64_t>(took_us, 0);
    const auto bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), took_us);
    // Relaxed: the counts order nothing but themselves.
    counts_[static_cast<size_t>(bound - kBoundsUs.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(static_cast<uint64_t>(took_us), std::memory_order_relaxed);
  }

  Snapshot snapshot() const {
    Snapshot snapshot;
    for (size_t i = 0; i < kBuckets; ++i)
      snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
    snapshot.sum_us = sum_us_.load(std::memory_order_relaxed);
    return snapshot;
  }

 private:
  std::array<std::atomic<uint64_t>, kBuckets> counts_ = {};
  std::atomic<uint64_t> sum_us_ = 0;
};

}  // namespace penstock
