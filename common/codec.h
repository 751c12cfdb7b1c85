// Codec: how the records block of a batch is compressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace penstock {

// The numbers are stored (docs/record-format.md).
enum class Codec : uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

inline constexpr uint8_t kCodecLast = static_cast<uint8_t>(Codec::kZstd);

std::string_view CodecName(Codec codec);
// "none", "lz4" or "zstd"; nothing otherwise.
std::optional<Codec> ParseCodec(std::string_view name);

// Appends `input` compressed to `*output`. False, with `*output` as it was, where that would not
// make it smaller (always so for kNone): the caller then stores it as it is.
bool TryCompress(Codec codec, std::string_view input, std::string* output);

// Sets `*output` to the `uncompressed_bytes` bytes that `input` stands for. DATA_LOSS where it does
// not stand for just so many. Memory is bounded by `uncompressed_bytes`, which the caller has
// checked against its limit.
absl::Status Decompress(Codec codec, std::string_view input, size_t uncompressed_bytes,
                        std::string* output);

}  // namespace penstock
