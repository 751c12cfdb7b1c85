#include "broker/limit/shard_limiter.h"

#include <algorithm>

#include "common/limits.h"

namespace penstock::broker {
namespace {

// What stands for a burst of 0 (penstock.v1.StreamLimits.write_burst_bytes).
constexpr uint64_t kDefaultBurstSeconds = 10;

uint64_t WriteBurstBytes(const StreamLimits& limits) {
  const uint64_t a_second = std::min(limits.write_bytes_per_second, TokenBucket::kAmountMax);
  if (limits.write_burst_bytes == 0) return a_second * kDefaultBurstSeconds;
  return std::max(limits.write_burst_bytes, a_second);
}

}  // namespace

ShardLimiter::ShardLimiter(const StreamLimits& limits, int64_t now_ms) {
  SetLimits(limits, now_ms);
}

void ShardLimiter::SetLimits(const StreamLimits& limits, int64_t now_ms) {
  if (limits == limits_) return;
  limits_ = limits;
  write_records_.Set(limits.write_records_per_second, limits.write_records_per_second, now_ms);
  write_bytes_.Set(limits.write_bytes_per_second, WriteBurstBytes(limits), now_ms);
  read_calls_.Set(limits.read_calls_per_second, limits.read_calls_per_second, now_ms);
  read_bytes_.Set(limits.read_bytes_per_second, limits.read_bytes_per_second, now_ms);
  iterator_calls_.Set(limits.read_calls_per_second, limits.read_calls_per_second, now_ms);
  for (auto& [name, bucket] : consumers_) {
    bucket.Set(limits.read_bytes_per_second, limits.read_bytes_per_second, now_ms);
  }
}

std::optional<Throttle> ShardLimiter::TakeWrite(uint64_t records, uint64_t bytes, int64_t now_ms) {
  const int64_t records_wait_ms = write_records_.WaitMs(records, now_ms);
  const int64_t bytes_wait_ms = write_bytes_.WaitMs(bytes, now_ms);
  if (records_wait_ms > 0 || bytes_wait_ms > 0) {
    if (records_wait_ms >= bytes_wait_ms) {
      return Throttle{ShardLimit::kWriteRecords, records_wait_ms};
    }
    return Throttle{ShardLimit::kWriteBytes, bytes_wait_ms};
  }
  write_records_.Take(records);
  write_bytes_.Take(bytes);
  return std::nullopt;
}

void ShardLimiter::ReturnWrite(uint64_t records, uint64_t bytes) {
  write_records_.Return(records);
  write_bytes_.Return(bytes);
}

std::optional<Throttle> ShardLimiter::TakeReadCall(int64_t now_ms) {
  const int64_t calls_wait_ms = read_calls_.WaitMs(1, now_ms);
  const int64_t bytes_wait_ms = read_bytes_.WaitMs(0, now_ms);
  if (calls_wait_ms > 0 || bytes_wait_ms > 0) {
    if (calls_wait_ms >= bytes_wait_ms) return Throttle{ShardLimit::kReadCalls, calls_wait_ms};
    return Throttle{ShardLimit::kReadBytes, bytes_wait_ms};
  }
  read_calls_.Take(1);
  return std::nullopt;
}

void ShardLimiter::ChargeRead(uint64_t bytes, int64_t now_ms) {
  read_bytes_.Charge(bytes, now_ms);
}

std::optional<Throttle> ShardLimiter::TakeIteratorCall(int64_t now_ms) {
  const int64_t wait_ms = iterator_calls_.WaitMs(1, now_ms);
  if (wait_ms > 0) return Throttle{ShardLimit::kIteratorCalls, wait_ms};
  iterator_calls_.Take(1);
  return std::nullopt;
}

int64_t ShardLimiter::ConsumerWaitMs(std::string_view consumer_name, int64_t now_ms) {
  const auto found = consumers_.find(std::string(consumer_name));
  return found == consumers_.end() ? 0 : found->second.WaitMs(0, now_ms);
}

void ShardLimiter::ChargeConsumer(std::string_view consumer_name, uint64_t bytes, int64_t now_ms) {
  if (limits_.read_bytes_per_second == 0) return;
  if (consumers_.size() >= kConsumersPerStreamMaxCommitted) {
    absl::erase_if(consumers_, [&](auto& entry) { return entry.second.Full(now_ms); });
  }
  const TokenBucket full(limits_.read_bytes_per_second, limits_.read_bytes_per_second, now_ms);
  consumers_.try_emplace(std::string(consumer_name), full).first->second.Charge(bytes, now_ms);
}

bool ShardLimiter::Idle(int64_t now_ms) {
  for (auto& [name, bucket] : consumers_) {
    if (!bucket.Full(now_ms)) return false;
  }
  return write_records_.Full(now_ms) && write_bytes_.Full(now_ms) && read_calls_.Full(now_ms) &&
         read_bytes_.Full(now_ms) && iterator_calls_.Full(now_ms);
}

}  // namespace penstock::broker
