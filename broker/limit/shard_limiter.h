// ShardLimiter: what one shard may be put and read now, by the limits of its stream.
//
//   write records   1,000/s of them by the limits of Kinesis; a bucket of one second's worth
//   write bytes     1 MiB/s, data and partition keys, with bursts of 10 MiB
//   read calls      5/s of GetRecords, and another 5/s of GetShardIterator
//   read bytes      2 MiB/s; refused while in debt, and charged when the answer is known
//   consumers       read bytes again, for each registered consumer its own; they wait
//
// Sources: Kinesis developer guide, "Quotas and limits" and "Handling large records"; API
// reference, GetRecords and GetShardIterator. Of what is refused nothing is taken. Not thread-safe: ShardLimiters is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

#include "broker/limit/token_bucket.h"
#include "broker/stream/stream_config.h"

namespace penstock::broker {

enum class ShardLimit { kWriteRecords, kWriteBytes, kReadCalls, kReadBytes, kIteratorCalls };

struct Throttle {
  ShardLimit limit;
  // At least 1.
  int64_t retry_after_ms;
};

class ShardLimiter {
 public:
  ShardLimiter(const StreamLimits& limits, int64_t now_ms);

  // Does nothing if they are the same.
  void SetLimits(const StreamLimits& limits, int64_t now_ms);

  // Takes all of it, or says why not. More than a whole bucket passes when the bucket is full.
  std::optional<Throttle> TakeWrite(uint64_t records, uint64_t bytes, int64_t now_ms);

  // Of what was taken but not written.
  void ReturnWrite(uint64_t records, uint64_t bytes);

  std::optional<Throttle> TakeReadCall(int64_t now_ms);
  void ChargeRead(uint64_t bytes, int64_t now_ms);

  // Reads nothing: whoever is in debt for bytes may still ask for an iterator.
  std::optional<Throttle> TakeIteratorCall(int64_t now_ms);

  // 0: it may be sent records now.
  int64_t ConsumerWaitMs(std::string_view consumer_name, int64_t now_ms);
  void ChargeConsumer(std::string_view consumer_name, uint64_t bytes, int64_t now_ms);

  // A new one would do the same.
  bool Idle(int64_t now_ms);

 private:
  StreamLimits limits_;
  TokenBucket write_records_;
  TokenBucket write_bytes_;
  TokenBucket read_calls_;
  TokenBucket read_bytes_;
  TokenBucket iterator_calls_;
  // Of consumers that have read in the last seconds: a full bucket is as good as none, and dropped
  // when there are many.
  absl::flat_hash_map<std::string, TokenBucket> consumers_;
};

}  // namespace penstock::broker
