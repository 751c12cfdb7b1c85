#include "common/secret.h"

#include <cstring>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "common/check.h"
#include "common/error.h"

namespace penstock {

absl::StatusOr<SecretKey> SecretKey::Make() {
  SecretKey key;
  if (RAND_priv_bytes(key.bytes_.data(), static_cast<int>(kBytes)) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for a key");
  }
  return key;
}

SecretKey::SecretKey(std::string_view bytes) {
  CHECK(bytes.size() == kBytes);
  std::memcpy(bytes_.data(), bytes.data(), kBytes);
}

SecretKey::~SecretKey() {
  OPENSSL_cleanse(bytes_.data(), kBytes);
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), kBytes);
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  OPENSSL_cleanse(other.bytes_.data(), kBytes);
  return *this;
}

SecretText::~SecretText() {
  Wipe(text_);
}

void Wipe(std::string& text) {
  // Up to the capacity: what was cut off is still there. Within it, resizing does not allocate.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace penstock
