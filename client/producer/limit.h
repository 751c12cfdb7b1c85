// RateLimiter: the limit stage. Keeps what is sent to a shard within what the broker lets it be
// put, so that batches wait here, in order, and are not sent to be refused.
//
// Two token buckets, records and bytes, that a second of the rate fills. A batch larger than a full
// bucket is let through when the bucket is full, and leaves it in debt. Not thread-safe. Times are
// of Clock::MonotonicUs.
#pragma once

#include <cstdint>

namespace penstock::producer {

class RateLimiter {
 public:
  // Of a second; 0: no limit. `percent` of them is used.
  RateLimiter(uint64_t records_per_second, uint64_t bytes_per_second, uint32_t percent);

  // 0: the batch may be sent, and is counted. Otherwise so many microseconds until it may.
  int64_t Admit(uint64_t records, uint64_t bytes, int64_t now_us);

 private:
  struct Bucket {
    // A second; 0: no limit. Also what it holds.
    double rate = 0;
    double tokens = 0;

    int64_t WaitUs(double amount) const;
  };

  Bucket records_;
  Bucket bytes_;
  int64_t filled_us_ = -1;
};

}  // namespace penstock::producer
