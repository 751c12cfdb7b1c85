// LoadMeter: the load of the shards that somebody wants to know it of.
//
// Whoever needs the load of a stream's shards (on-demand streams) names them with Track, again and
// again; shards that are not named are not metered and cost a put nothing but the look. What was
// known of shards that are named no more is dropped. An entry takes about 1 KiB, and up to 8 KiB
// more for sampled keys while it is put to; there are at most shards_max. Times are of
// Clock::MonotonicMs. Thread-safe; the table is in stripes with a lock each.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

#include "broker/load/shard_load.h"
#include "common/ids.h"
#include "common/limits.h"
#include "common/mutex.h"

namespace penstock::broker {

class LoadMeter {
 public:
  explicit LoadMeter(size_t shards_max = kShardsMax) : shards_max_(shards_max) {}

  // These are the stream's shards to meter from now on; none: the stream is metered no more. Past
  // shards_max further ones are not metered. By one thread for each stream.
  void Track(StreamId stream, std::span<const ShardIndex> shards, int64_t now_ms);

  // A put that was stored. Nothing if the shard is not tracked. `record_at` is called before it
  // returns, for a few records at the most.
  void Observe(const ShardKey& shard, const Load& load, RecordLoadAt record_at, int64_t now_ms);

  // Nothing if the shard is not tracked.
  std::optional<ShardLoadReport> Report(const ShardKey& shard, int64_t now_ms) const;
  // Sorted outside the lock, in about 10 microseconds: for the shards that it matters of. Empty if
  // the shard is not tracked.
  KeyDistribution KeysOf(const ShardKey& shard, int64_t now_ms) const;

  // Shards tracked.
  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kStripes = 64;

  struct Stripe {
    // Held alone.
    mutable Mutex mutex;
    absl::flat_hash_map<ShardKey, std::unique_ptr<ShardLoad>> shards ABSL_GUARDED_BY(mutex);
  };

  static size_t StripeOf(const ShardKey& shard);
  void Add(const ShardKey& shard, int64_t now_ms);

  const size_t shards_max_;
  std::array<Stripe, kStripes> stripes_;
  // Relaxed: a number, not an order.
  std::atomic<size_t> size_ = 0;
};

}  // namespace penstock::broker
