#include "common/codec.h"

#include "absl/strings/str_cat.h"
#include <lz4.h>
#include <zstd.h>

#include "common/check.h"
#include "common/error.h"

namespace penstock {
namespace {

// Level 1 is the fastest that still searches for matches; a broker's batches are short-lived, so
// speed counts more than size.
constexpr int kZstdLevel = 1;

size_t CompressBound(Codec codec, size_t bytes) {
  return codec == Codec::kLz4 ? static_cast<size_t>(LZ4_compressBound(static_cast<int>(bytes)))
                              : ZSTD_compressBound(bytes);
}

// 0 where it failed.
size_t CompressInto(Codec codec, std::string_view input, char* output, size_t capacity) {
  if (codec == Codec::kLz4) {
    return static_cast<size_t>(LZ4_compress_default(
        input.data(), output, static_cast<int>(input.size()), static_cast<int>(capacity)));
  }
  const size_t written = ZSTD_compress(output, capacity, input.data(), input.size(), kZstdLevel);
  return ZSTD_isError(written) ? 0 : written;
}

// False unless exactly `capacity` bytes came out.
bool DecompressInto(Codec codec, std::string_view input, char* output, size_t capacity) {
  if (codec == Codec::kLz4) {
    const int written = LZ4_decompress_safe(input.data(), output, static_cast<int>(input.size()),
                                            static_cast<int>(capacity));
    return written >= 0 && static_cast<size_t>(written) == capacity;
  }
  return ZSTD_decompress(output, capacity, input.data(), input.size()) == capacity;
}

}  // namespace

std::string_view CodecName(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  return "unknown";
}

std::optional<Codec> ParseCodec(std::string_view name) {
  for (const Codec codec : {Codec::kNone, Codec::kLz4, Codec::kZstd}) {
    if (CodecName(codec) == name) return codec;
  }
  return std::nullopt;
}

bool TryCompress(Codec codec, std::string_view input, std::string* output) {
  if (codec == Codec::kNone || input.empty()) return false;
  CHECK(input.size() <= LZ4_MAX_INPUT_SIZE);
  const size_t before = output->size();
  const size_t capacity = CompressBound(codec, input.size());
  output->resize(before + capacity);
  const size_t written = CompressInto(codec, input, output->data() + before, capacity);
  if (written == 0 || written >= input.size()) {
    output->resize(before);
    return false;
  }
  output->resize(before + written);
  return true;
}

absl::Status Decompress(Codec codec, std::string_view input, size_t uncompressed_bytes,
                        std::string* output) {
  output->resize(uncompressed_bytes);
  if (codec == Codec::kNone) {
    output->assign(input);
    if (input.size() == uncompressed_bytes) return absl::OkStatus();
  } else if (DecompressInto(codec, input, output->data(), uncompressed_bytes)) {
    return absl::OkStatus();
  }
  return MakeError(
      ErrorReason::kCorruptRecords,
      absl::StrCat(std::string(CodecName(codec)), " block of ", input.size(),
                   " bytes does not unpack to the ", uncompressed_bytes, " bytes its header says"));
}

}  // namespace penstock
