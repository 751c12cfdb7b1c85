// The first byte of a CBOR value: three bits of major type, five of what follows (RFC 8949, 3).
#pragma once

#include <cstdint>

namespace penstock::broker {

enum class CborMajor : uint8_t {
  kUnsigned = 0,
  kNegative = 1,
  kBytes = 2,
  kText = 3,
  kArray = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7,  // and floats
};

// The five bits: below kCborOneByte they are the argument itself, up to kCborEightBytes they say how
// many bytes it has.
inline constexpr uint8_t kCborOneByte = 24;
inline constexpr uint8_t kCborTwoBytes = 25;
inline constexpr uint8_t kCborFourBytes = 26;
inline constexpr uint8_t kCborEightBytes = 27;
inline constexpr uint8_t kCborIndefinite = 31;

// The five bits of major type 7.
inline constexpr uint8_t kCborFalse = 20;
inline constexpr uint8_t kCborTrue = 21;
inline constexpr uint8_t kCborNull = 22;
inline constexpr uint8_t kCborUndefined = 23;

// The whole byte that ends what has an indefinite length.
inline constexpr uint8_t kCborBreak = 0xff;

}  // namespace penstock::broker
