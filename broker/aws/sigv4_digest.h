// SHA-256 and HMAC-SHA256 as SigV4 uses them. Stateless.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace penstock::broker {

using Sha256Digest = std::array<unsigned char, 32>;

Sha256Digest Sha256(std::string_view bytes);
Sha256Digest HmacSha256(std::string_view key, std::string_view bytes);

// Lower-case hexadecimal.
std::string HexOf(const Sha256Digest& digest);
// Whether `text` is what HexOf gives for some digest.
bool IsSha256Hex(std::string_view text);

// The bytes of a digest as a key or a text of their own. A view into it.
std::string_view BytesOf(const Sha256Digest& digest);

}  // namespace penstock::broker
