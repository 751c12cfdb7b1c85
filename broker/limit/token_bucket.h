// TokenBucket: how much of something may pass: so much a second, and so much at once.
//
// Holds up to `capacity` tokens and gains `per_second` of them a second. What passes takes its
// amount out; what has passed already (a read, whose size is known only afterwards) may leave a
// debt, and nothing passes until it is paid. Counts in thousandths of a token, which are gained by
// the whole number in a millisecond: no rounding, however often it is asked.
//
// Times are of a monotonic clock; one that is earlier than the last counts as the last. Not
// thread-safe.
#pragma once

#include <cstdint>

namespace penstock::broker {

class TokenBucket {
 public:
  // Rates, capacities and amounts above are taken for this: 1 PiB a second.
  static constexpr uint64_t kAmountMax = uint64_t{1} << 50;

  // No limit: everything passes.
  TokenBucket() = default;
  // Full. A `per_second` of 0 is no limit.
  TokenBucket(uint64_t per_second, uint64_t capacity, int64_t now_ms);

  // From now on. A larger bucket is so much fuller at once; a debt stays.
  void Set(uint64_t per_second, uint64_t capacity, int64_t now_ms);

  // How long until `amount` may pass; 0 is now. What is more than the bucket holds passes when it
  // is full, and leaves a debt: otherwise it never could. 0 passes unless there is a debt.
  int64_t WaitMs(uint64_t amount, int64_t now_ms);
  // Takes what passes now, as WaitMs has just said.
  void Take(uint64_t amount);
  // Puts back what was taken for something that did not come to pass.
  void Return(uint64_t amount);
  // Takes what has passed already. More than the bucket holds uses up what was in it, and is a debt
  // as a whole: GetRecords of Kinesis, where an answer of 10 MiB at 2 MiB a second is paid in 5
  // seconds, however long nothing was read before.
  void Charge(uint64_t amount, int64_t now_ms);

  // As good as a new one.
  bool Full(int64_t now_ms);

 private:
  void Refill(int64_t now_ms);

  // A second's tokens are a millisecond's thousandths.
  int64_t per_ms_ = 0;
  // In thousandths of a token; the level is negative while there is a debt.
  int64_t capacity_ = 0;
  int64_t level_ = 0;
  int64_t refilled_ms_ = 0;
};

}  // namespace penstock::broker
