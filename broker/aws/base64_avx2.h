// The bulk of base64 with AVX2: 24 bytes for 32 characters at a time. What is left over, and all of
// it on another processor, is base64.cc's. Functions without state; thread-safe.
#pragma once

#include <cstddef>

namespace penstock::broker {

// Whether this processor has it; the others must not be called without.
bool HasBase64Avx2();

// Encodes from the front what it can, without reading behind `bytes`; gives how many bytes that
// were, a multiple of 3.
size_t EncodeBase64Avx2(const unsigned char* from, size_t bytes, char* to);

// Decodes from the front what it can, without writing behind the bytes that `characters` stand for,
// and stops before the first group with a character outside the alphabet; gives how many characters
// that were, a multiple of 4. Padding is outside the alphabet.
size_t DecodeBase64Avx2(const unsigned char* from, size_t characters, char* to);

}  // namespace penstock::broker
