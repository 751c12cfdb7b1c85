// Base64 as AWS has it in JSON bodies: the standard alphabet, with padding, and nothing else: no
// blanks, no line ends, no bits behind the last byte. With AVX2 where the processor has it, with
// tables elsewhere and for what is left over. Functions without state; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::broker {

constexpr size_t Base64EncodedSize(size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

void AppendBase64(std::string_view bytes, std::string* out);

// Of the bytes that `text` stands for, if it is base64; enough room for them otherwise.
size_t Base64DecodedSize(std::string_view text);

// Writes the bytes to `out`, which has room for Base64DecodedSize(text), and gives their number.
// Nothing if `text` is not base64; `out` holds anything then.
std::optional<size_t> DecodeBase64(std::string_view text, char* out);

// For the error's text. `text` is not base64.
std::string WhyNotBase64(std::string_view text);

}  // namespace penstock::broker
