#include "client/producer/limit.h"

#include <algorithm>
#include <cmath>

namespace penstock::producer {
namespace {

constexpr double kUsPerSecond = 1e6;

}  // namespace

RateLimiter::RateLimiter(uint64_t records_per_second, uint64_t bytes_per_second, uint32_t percent) {
  const double part = percent / 100.0;
  records_.rate = records_.tokens = static_cast<double>(records_per_second) * part;
  bytes_.rate = bytes_.tokens = static_cast<double>(bytes_per_second) * part;
}

int64_t RateLimiter::Bucket::WaitUs(double amount) const {
  if (rate == 0) return 0;
  const double missing = std::min(amount, rate) - tokens;
  return missing <= 0 ? 0 : static_cast<int64_t>(std::ceil(missing / rate * kUsPerSecond));
}

int64_t RateLimiter::Admit(uint64_t records, uint64_t bytes, int64_t now_us) {
  if (filled_us_ >= 0) {
    const double seconds =
        static_cast<double>(std::max<int64_t>(0, now_us - filled_us_)) / kUsPerSecond;
    for (Bucket* bucket : {&records_, &bytes_})
      bucket->tokens = std::min(bucket->rate, bucket->tokens + seconds * bucket->rate);
  }
  filled_us_ = now_us;
  const auto record_amount = static_cast<double>(records);
  const auto byte_amount = static_cast<double>(bytes);
  const int64_t wait_us = std::max(records_.WaitUs(record_amount), bytes_.WaitUs(byte_amount));
  if (wait_us > 0) return wait_us;
  records_.tokens -= record_amount;
  bytes_.tokens -= byte_amount;
  return 0;
}

}  // namespace penstock::producer
