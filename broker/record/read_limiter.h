// ReadLimiter: how fast the shards of a stream may be read. A seam, so that tests say what passes;
// in the broker it is ShardLimiters.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"

#include "broker/limit/shard_limiters.h"
#include "broker/stream/stream_config.h"
#include "common/clock.h"
#include "common/ids.h"

namespace penstock::broker {

// Thread-safe. `stream` is of the caller's snapshot: its limits hold from this call on.
class ReadLimiter {
 public:
  virtual ~ReadLimiter() = default;

  // One GetRecords. RESOURCE_EXHAUSTED (THROUGHPUT_EXCEEDED), with the time to wait.
  virtual absl::Status AdmitReadCall(const StreamConfig& stream, const ShardKey& shard) = 0;
  // Data and partition keys that it gave.
  virtual void ChargeRead(const StreamConfig& stream, const ShardKey& shard, uint64_t bytes) = 0;

  // One GetShardIterator. As AdmitReadCall, with a rate of its own.
  virtual absl::Status AdmitIteratorCall(const StreamConfig& stream, const ShardKey& shard) = 0;

  // How long until the registered consumer may be given more of the shard; 0 is now.
  virtual int64_t ConsumerWaitMs(const StreamConfig& stream, const ShardKey& shard,
                                 std::string_view consumer_name) = 0;
  // What it was given.
  virtual void ChargeConsumerRead(const StreamConfig& stream, const ShardKey& shard,
                                  std::string_view consumer_name, uint64_t bytes) = 0;
};

// Null for null. Both must outlive it.
std::unique_ptr<ReadLimiter> MakeReadLimiter(ShardLimiters* limiters, const Clock& clock);

}  // namespace penstock::broker
