#include "broker/limit/token_bucket.h"

#include <algorithm>

namespace penstock::broker {
namespace {

constexpr int64_t kPerToken = 1'000;
// The deepest debt, so that no sum below leaves 64 bits.
constexpr int64_t kLevelMin = -static_cast<int64_t>(TokenBucket::kAmountMax) * kPerToken;

int64_t Thousandths(uint64_t amount) {
  return static_cast<int64_t>(std::min(amount, TokenBucket::kAmountMax)) * kPerToken;
}

}  // namespace

TokenBucket::TokenBucket(uint64_t per_second, uint64_t capacity, int64_t now_ms)
    : per_ms_(static_cast<int64_t>(std::min(per_second, kAmountMax))),
      capacity_(Thousandths(capacity)),
      level_(capacity_),
      refilled_ms_(now_ms) {}

void TokenBucket::Set(uint64_t per_second, uint64_t capacity, int64_t now_ms) {
  if (per_ms_ == 0) {
    *this = TokenBucket(per_second, capacity, now_ms);
    return;
  }
  Refill(now_ms);
  const int64_t larger_by = std::max<int64_t>(Thousandths(capacity) - capacity_, 0);
  per_ms_ = static_cast<int64_t>(std::min(per_second, kAmountMax));
  capacity_ = Thousandths(capacity);
  level_ = std::min(level_ + larger_by, capacity_);
}

int64_t TokenBucket::WaitMs(uint64_t amount, int64_t now_ms) {
  if (per_ms_ == 0) return 0;
  Refill(now_ms);
  const int64_t needed = std::min(Thousandths(amount), capacity_);
  if (level_ >= needed) return 0;
  return (needed - level_ + per_ms_ - 1) / per_ms_;
}

void TokenBucket::Take(uint64_t amount) {
  if (per_ms_ == 0) return;
  level_ = std::max(level_ - Thousandths(amount), kLevelMin);
}

void TokenBucket::Return(uint64_t amount) {
  if (per_ms_ == 0) return;
  level_ = std::min(level_ + Thousandths(amount), capacity_);
}

void TokenBucket::Charge(uint64_t amount, int64_t now_ms) {
  if (per_ms_ == 0) return;
  Refill(now_ms);
  if (Thousandths(amount) > capacity_) level_ = std::min<int64_t>(level_, 0);
  Take(amount);
}

bool TokenBucket::Full(int64_t now_ms) {
  if (per_ms_ == 0) return true;
  Refill(now_ms);
  return level_ == capacity_;
}

void TokenBucket::Refill(int64_t now_ms) {
  if (now_ms <= refilled_ms_) return;
  const int64_t elapsed_ms = now_ms - refilled_ms_;
  refilled_ms_ = now_ms;
  const int64_t missing = capacity_ - level_;
  // Divided, not multiplied: a shard may have been idle for months.
  level_ = elapsed_ms > missing / per_ms_ ? capacity_ : level_ + elapsed_ms * per_ms_;
}

}  // namespace penstock::broker
