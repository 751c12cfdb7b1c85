#include "broker/load/load_meter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"

namespace penstock::broker {

void LoadMeter::Track(StreamId stream, std::span<const ShardIndex> shards, int64_t now_ms) {
  const absl::flat_hash_set<ShardIndex> tracked(shards.begin(), shards.end());
  for (Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    const size_t dropped = absl::erase_if(stripe.shards, [&](const auto& entry) {
      return entry.first.stream == stream && !tracked.contains(entry.first.shard);
    });
    size_.fetch_sub(dropped, std::memory_order_relaxed);
  }
  for (const ShardIndex shard : shards) Add({stream, shard}, now_ms);
}

void LoadMeter::Observe(const ShardKey& shard, const Load& load, RecordLoadAt record_at,
                        int64_t now_ms) {
  Stripe& stripe = stripes_[StripeOf(shard)];
  MutexLock lock(stripe.mutex);
  const auto found = stripe.shards.find(shard);
  if (found != stripe.shards.end()) found->second->Observe(load, record_at, now_ms);
}

std::optional<ShardLoadReport> LoadMeter::Report(const ShardKey& shard, int64_t now_ms) const {
  const Stripe& stripe = stripes_[StripeOf(shard)];
  MutexLock lock(stripe.mutex);
  const auto found = stripe.shards.find(shard);
  if (found == stripe.shards.end()) return std::nullopt;
  return found->second->Report(now_ms);
}

KeyDistribution LoadMeter::KeysOf(const ShardKey& shard, int64_t now_ms) const {
  std::vector<WeightedKey> keys;
  {
    const Stripe& stripe = stripes_[StripeOf(shard)];
    MutexLock lock(stripe.mutex);
    const auto found = stripe.shards.find(shard);
    if (found != stripe.shards.end()) keys = found->second->SampledKeys(now_ms);
  }
  return KeyDistribution(std::move(keys));
}

size_t LoadMeter::StripeOf(const ShardKey& shard) {
  return absl::Hash<ShardKey>()(shard) % kStripes;
}

void LoadMeter::Add(const ShardKey& shard, int64_t now_ms) {
  Stripe& stripe = stripes_[StripeOf(shard)];
  MutexLock lock(stripe.mutex);
  if (stripe.shards.contains(shard) || size() >= shards_max_) return;
  // Not the hash, which is another in each process: a test that fails must fail again.
  const uint64_t seed = (shard.stream.value() << 32) ^ shard.shard.value();
  stripe.shards.emplace(shard, std::make_unique<ShardLoad>(seed, now_ms));
  size_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace penstock::broker
