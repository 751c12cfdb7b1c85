// HashKey: where a record belongs, 128 bits.
//
// hash key = MD5(partition key in UTF-8), read as an unsigned big-endian number (Kinesis API,
// PutRecord). A shard owns a range of hash keys; the open shards of a stream tile 0 .. 2^128-1.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace penstock {

// The language has no 128-bit integer; gcc and clang have.
__extension__ using Uint128 = unsigned __int128;

class HashKey {
 public:
  static constexpr size_t kBytes = 16;

  constexpr HashKey() = default;
  constexpr explicit HashKey(Uint128 value) : value_(value) {}
  static constexpr HashKey Max() { return HashKey(~Uint128{0}); }

  static HashKey FromPartitionKey(std::string_view partition_key);

  // A decimal number of 0 to 2^128-1 without sign, blanks or leading zeros; otherwise
  // INVALID_ARGUMENT.
  static absl::StatusOr<HashKey> FromDecimal(std::string_view decimal);

  // 16 bytes, big-endian: bytes order as the numbers do. CHECKs the size.
  static HashKey FromBytes(std::string_view bytes);
  std::string ToBytes() const;

  std::string ToDecimal() const;
  constexpr Uint128 value() const { return value_; }

  friend constexpr auto operator<=>(HashKey, HashKey) = default;

 private:
  Uint128 value_ = 0;
};

// Both ends belong to it, as in Kinesis: the last hash key has no successor.
struct HashKeyRange {
  HashKey first;
  HashKey last;

  bool Contains(HashKey key) const { return first <= key && key <= last; }
  bool Contains(const HashKeyRange& other) const {
    return first <= other.first && other.last <= last;
  }

  friend bool operator==(const HashKeyRange&, const HashKeyRange&) = default;
};

// All hash keys in `count` ranges, as Kinesis divides them: range i starts at floor(2^128 / count)
// * i, the last ends at 2^128-1. `count` is at least 1.
std::vector<HashKeyRange> UniformRanges(uint32_t count);

}  // namespace penstock
