// One value of a bound input: what Structure reads, what the binder makes and the checker checks.
// Lies in the arena, beside its siblings; its kind is its shape's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace penstock::broker {

struct BoundEntry;

struct BoundValue {
  bool present = false;
  // Bytes of a text or blob, items of a list, entries of a map.
  uint32_t size = 0;
  union {
    // A blob's are decoded.
    const char* bytes;
    // Integers; milliseconds; a boolean's 0 or 1.
    int64_t integer = 0;
    // A list's items, or a structure's members in the order of its shape.
    const BoundValue* values;
    const BoundEntry* entries;
  };

  std::string_view text() const { return {bytes, size}; }
  std::span<const BoundValue> items() const { return {values, size}; }
  std::span<const BoundEntry> map() const;
};

struct BoundEntry {
  std::string_view key;
  BoundValue value;
};

inline std::span<const BoundEntry> BoundValue::map() const {
  return {entries, size};
}

}  // namespace penstock::broker
