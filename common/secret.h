// SecretKey and SecretText: bytes that are wiped from memory when they are dropped.
//
// Wiped with OPENSSL_cleanse, which no compiler takes away. Neither is ever logged, compared or
// put into a message. Values; not thread-safe to change, safe to share as const.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace penstock {

// A key of AES-256. Moving wipes what was moved from.
class SecretKey {
 public:
  static constexpr size_t kBytes = 32;

  // Random. INTERNAL if the system gives no random bytes.
  static absl::StatusOr<SecretKey> Make();
  // CHECKs that there are kBytes. Wiping `bytes` is the caller's.
  explicit SecretKey(std::string_view bytes);
  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  const unsigned char* data() const { return bytes_.data(); }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  SecretKey() = default;

  std::array<unsigned char, kBytes> bytes_ = {};
};

// Text that holds secrets. Stays where it is: a string that grows or moves leaves copies behind.
class SecretText {
 public:
  explicit SecretText(size_t bytes) : text_(bytes, '\0') {}
  ~SecretText();
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  std::string& text() { return text_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Overwrites the bytes of `text`, also those beyond its size that it once had.
void Wipe(std::string& text);

}  // namespace penstock
