// ShardLimiters: admits puts and reads by the limits of their streams, for all shards of a node.
//
// Keeps a ShardLimiter for each shard that has limits and was used in the last seconds. One that is
// idle is as good as a new one, so idle ones are swept out as the table grows: it holds no more
// than twice the shards in use, and nothing has to be told when a shard is gone. Streams without
// limits pass at once, and have no entry. A caller passes the limits of its snapshot: another
// profile holds from the next call on.
//
// Refused is RESOURCE_EXHAUSTED (THROUGHPUT_EXCEEDED), naming shard, stream and limit, with the
// time to wait (RetryAfterOf). Times are of Clock::MonotonicMs. Thread-safe; the table is in stripes
// with a lock each, held for some ten nanoseconds a record.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include "broker/limit/shard_limiter.h"
#include "broker/stream/stream_config.h"
#include "common/ids.h"
#include "common/mutex.h"

namespace penstock::broker {

// A shard as the caller's snapshot shows it; only for the call.
struct LimitedShard {
  ShardKey key;
  std::string_view stream_name;
  const StreamLimits& limits;
};

class ShardLimiters {
 public:
  // The records of one shard in the order of the request, each by itself: one that is refused does
  // not stop the ones after it (Kinesis API, PutRecords). `bytes` are data and partition key.
  // results[i] is set for each, and must be as long as `record_bytes`. How many were refused.
  size_t AdmitRecords(const LimitedShard& shard, std::span<const uint64_t> record_bytes,
                      int64_t now_ms, std::span<absl::Status> results);

  // All or nothing: one record, or the records of an idempotent put, which is stored whole.
  absl::Status AdmitWrite(const LimitedShard& shard, uint64_t records, uint64_t bytes,
                          int64_t now_ms);

  // What AdmitWrite took, of a put that then stored nothing: a batch that is refused, or was there
  // already. Else those that go past one that is throttled take from it what it waits for, and
  // get nothing for it.
  void ReturnWrite(const LimitedShard& shard, uint64_t records, uint64_t bytes);

  // A call that reads the shard without being a registered consumer.
  absl::Status AdmitReadCall(const LimitedShard& shard, int64_t now_ms);
  // What the call gave.
  void ChargeRead(const LimitedShard& shard, uint64_t bytes, int64_t now_ms);

  // A call for an iterator in the shard.
  absl::Status AdmitIteratorCall(const LimitedShard& shard, int64_t now_ms);

  // How long until the registered consumer may be sent more of the shard; 0 is now.
  int64_t ConsumerWaitMs(const LimitedShard& shard, std::string_view consumer_name, int64_t now_ms);
  // What it was sent.
  void ChargeConsumerRead(const LimitedShard& shard, std::string_view consumer_name, uint64_t bytes,
                          int64_t now_ms);

  // Shards in the table.
  size_t size() const;

 private:
  static constexpr size_t kStripes = 64;
  // A stripe is not swept below this.
  static constexpr size_t kSweepMin = 16;

  struct Stripe {
    // Held alone.
    mutable Mutex mutex;
    absl::flat_hash_map<ShardKey, ShardLimiter> shards ABSL_GUARDED_BY(mutex);
    // The number of shards at which idle ones are looked for.
    size_t sweep_at ABSL_GUARDED_BY(mutex) = kSweepMin;
  };

  Stripe& StripeOf(const ShardKey& key);
  static ShardLimiter& FindOrAdd(Stripe& stripe, const LimitedShard& shard, int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex);

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace penstock::broker
