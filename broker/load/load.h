// Load: records and bytes, in some time or a second.
#pragma once

#include <algorithm>
#include <cstdint>

namespace penstock::broker {

struct Load {
  uint64_t records = 0;
  // Data and partition keys.
  uint64_t bytes = 0;

  Load& operator+=(const Load& other) {
    records += other.records;
    bytes += other.bytes;
    return *this;
  }
  friend Load operator+(Load a, const Load& b) { return a += b; }
  friend bool operator==(const Load&, const Load&) = default;
};

// The larger of each.
inline Load MaxOf(const Load& a, const Load& b) {
  return {std::max(a.records, b.records), std::max(a.bytes, b.bytes)};
}

// One number for both, in bytes: a record costs what a shard of Kinesis may take of bytes for one of
// its 1,000 records a second. Weighs keys against each other.
inline constexpr uint64_t kLoadBytesPerRecord = (1 << 20) / 1'000;
inline uint64_t WeightOf(const Load& load) {
  return load.bytes + load.records * kLoadBytesPerRecord;
}

}  // namespace penstock::broker
