// XAES-256-GCM: AES-256-GCM under a key derived for each nonce of 24 random bytes (c2sp.org/XAES-256-GCM).
//
// Plain AES-256-GCM must not be used for more than 2^32 messages with random nonces of 12 bytes and
// one key (NIST SP 800-38D, 8.3), which a busy stream reaches in hours. Here the first 12 bytes of
// the nonce go, with the key, into a key derivation (SP 800-108, two blocks of CMAC), the other 12
// are GCM's: with 2^80 messages of a key the chance of a repeated nonce is 2^-32
// (docs/adr/0009-encryption-at-rest.md). Pure functions on memory; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/secret.h"

namespace penstock::broker {

inline constexpr size_t kNonceBytes = 24;
inline constexpr size_t kTagBytes = 16;

using Nonce = std::array<char, kNonceBytes>;
using Tag = std::array<char, kTagBytes>;

// INTERNAL if the system gives no random bytes.
absl::StatusOr<Nonce> RandomNonce();

// Encrypts `text` where it lies. The tag authenticates it and `associated`, which is not encrypted.
// A nonce must never be used twice with one key.
Tag SealInPlace(const SecretKey& key, const Nonce& nonce, std::string_view associated,
                std::span<char> text);

// The reverse. False where key, nonce, associated data, text and tag do not belong together:
// `text` is then wiped, for nobody may look at what was not authenticated.
[[nodiscard]] bool OpenInPlace(const SecretKey& key, const Nonce& nonce,
                               std::string_view associated, std::span<char> text, const Tag& tag);

}  // namespace penstock::broker
