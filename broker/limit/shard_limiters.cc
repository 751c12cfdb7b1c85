#include "broker/limit/shard_limiters.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "common/check.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

bool LimitsWrites(const StreamLimits& limits) {
  return limits.write_records_per_second != 0 || limits.write_bytes_per_second != 0;
}

bool LimitsReads(const StreamLimits& limits) {
  return limits.read_calls_per_second != 0 || limits.read_bytes_per_second != 0;
}

std::string Describe(const StreamLimits& limits, ShardLimit limit) {
  switch (limit) {
    case ShardLimit::kWriteRecords:
      return absl::StrCat(limits.write_records_per_second, " records per second");
    case ShardLimit::kWriteBytes:
      return absl::StrCat(limits.write_bytes_per_second, " bytes written per second");
    case ShardLimit::kReadCalls:
      return absl::StrCat(limits.read_calls_per_second, " calls that read per second");
    case ShardLimit::kReadBytes:
      return absl::StrCat(limits.read_bytes_per_second, " bytes read per second");
    case ShardLimit::kIteratorCalls:
      return absl::StrCat(limits.read_calls_per_second, " calls for an iterator per second");
  }
  return "";
}

absl::Status Refuse(const LimitedShard& shard, const Throttle& throttle) {
  const absl::string_view stream(shard.stream_name.data(), shard.stream_name.size());
  // Begins with the words of Kinesis.
  absl::Status refused =
      MakeError(ErrorReason::kThroughputExceeded,
                absl::StrCat("rate exceeded for shard ", FormatShardId(shard.key.shard),
                             " in stream ", stream, ": ", Describe(shard.limits, throttle.limit)));
  return WithRetryAfter(std::move(refused), throttle.retry_after_ms);
}

}  // namespace

size_t ShardLimiters::AdmitRecords(const LimitedShard& shard,
                                   std::span<const uint64_t> record_bytes, int64_t now_ms,
                                   std::span<absl::Status> results) {
  CHECK(record_bytes.size() == results.size());
  std::fill(results.begin(), results.end(), absl::OkStatus());
  if (!LimitsWrites(shard.limits)) return 0;
  size_t refused = 0;
  // One status for all that meet the same limit: making it costs more than the rest.
  std::array<absl::Status, 2> refusals;
  static_assert(static_cast<size_t>(ShardLimit::kWriteBytes) < refusals.size());
  Stripe& stripe = StripeOf(shard.key);
  MutexLock lock(stripe.mutex);
  ShardLimiter& limiter = FindOrAdd(stripe, shard, now_ms);
  for (size_t i = 0; i < record_bytes.size(); ++i) {
    const std::optional<Throttle> throttle = limiter.TakeWrite(1, record_bytes[i], now_ms);
    if (!throttle.has_value()) continue;
    absl::Status& refusal = refusals[static_cast<size_t>(throttle->limit)];
    if (refusal.ok()) refusal = Refuse(shard, *throttle);
    results[i] = refusal;
    ++refused;
  }
  return refused;
}

absl::Status ShardLimiters::AdmitWrite(const LimitedShard& shard, uint64_t records, uint64_t bytes,
                                       int64_t now_ms) {
  if (!LimitsWrites(shard.limits)) return absl::OkStatus();
  std::optional<Throttle> throttle;
  {
    Stripe& stripe = StripeOf(shard.key);
    MutexLock lock(stripe.mutex);
    throttle = FindOrAdd(stripe, shard, now_ms).TakeWrite(records, bytes, now_ms);
  }
  return throttle.has_value() ? Refuse(shard, *throttle) : absl::OkStatus();
}

void ShardLimiters::ReturnWrite(const LimitedShard& shard, uint64_t records, uint64_t bytes) {
  if (!LimitsWrites(shard.limits)) return;
  Stripe& stripe = StripeOf(shard.key);
  MutexLock lock(stripe.mutex);
  // One that was swept out meanwhile was full.
  const auto found = stripe.shards.find(shard.key);
  if (found != stripe.shards.end()) found->second.ReturnWrite(records, bytes);
}

absl::Status ShardLimiters::AdmitReadCall(const LimitedShard& shard, int64_t now_ms) {
  if (!LimitsReads(shard.limits)) return absl::OkStatus();
  std::optional<Throttle> throttle;
  {
    Stripe& stripe = StripeOf(shard.key);
    MutexLock lock(stripe.mutex);
    throttle = FindOrAdd(stripe, shard, now_ms).TakeReadCall(now_ms);
  }
  return throttle.has_value() ? Refuse(shard, *throttle) : absl::OkStatus();
}

void ShardLimiters::ChargeRead(const LimitedShard& shard, uint64_t bytes, int64_t now_ms) {
  if (shard.limits.read_bytes_per_second == 0) return;
  Stripe& stripe = StripeOf(shard.key);
  MutexLock lock(stripe.mutex);
  FindOrAdd(stripe, shard, now_ms).ChargeRead(bytes, now_ms);
}

absl::Status ShardLimiters::AdmitIteratorCall(const LimitedShard& shard, int64_t now_ms) {
  if (shard.limits.read_calls_per_second == 0) return absl::OkStatus();
  std::optional<Throttle> throttle;
  {
    Stripe& stripe = StripeOf(shard.key);
    MutexLock lock(stripe.mutex);
    throttle = FindOrAdd(stripe, shard, now_ms).TakeIteratorCall(now_ms);
  }
  return throttle.has_value() ? Refuse(shard, *throttle) : absl::OkStatus();
}

int64_t ShardLimiters::ConsumerWaitMs(const LimitedShard& shard, std::string_view consumer_name,
                                      int64_t now_ms) {
  if (shard.limits.read_bytes_per_second == 0) return 0;
  Stripe& stripe = StripeOf(shard.key);
  MutexLock lock(stripe.mutex);
  return FindOrAdd(stripe, shard, now_ms).ConsumerWaitMs(consumer_name, now_ms);
}

void ShardLimiters::ChargeConsumerRead(const LimitedShard& shard, std::string_view consumer_name,
                                       uint64_t bytes, int64_t now_ms) {
  if (shard.limits.read_bytes_per_second == 0) return;
  Stripe& stripe = StripeOf(shard.key);
  MutexLock lock(stripe.mutex);
  FindOrAdd(stripe, shard, now_ms).ChargeConsumer(consumer_name, bytes, now_ms);
}

size_t ShardLimiters::size() const {
  size_t size = 0;
  for (const Stripe& stripe : stripes_) {
    MutexLock lock(stripe.mutex);
    size += stripe.shards.size();
  }
  return size;
}

ShardLimiters::Stripe& ShardLimiters::StripeOf(const ShardKey& key) {
  return stripes_[absl::Hash<ShardKey>()(key) % kStripes];
}

ShardLimiter& ShardLimiters::FindOrAdd(Stripe& stripe, const LimitedShard& shard, int64_t now_ms) {
  const auto found = stripe.shards.find(shard.key);
  if (found != stripe.shards.end()) {
    found->second.SetLimits(shard.limits, now_ms);
    return found->second;
  }
  if (stripe.shards.size() >= stripe.sweep_at) {
    absl::erase_if(stripe.shards, [&](auto& entry) { return entry.second.Idle(now_ms); });
    stripe.sweep_at = std::max(kSweepMin, 2 * stripe.shards.size());
  }
  return stripe.shards.try_emplace(shard.key, shard.limits, now_ms).first->second;
}

}  // namespace penstock::broker
