#include "broker/encryption/aead.h"

#include <cstring>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "common/check.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr size_t kDerivationBytes = 12;
constexpr int kGcmNonceBytes = 12;
static_assert(kDerivationBytes + kGcmNonceBytes == kNonceBytes);

using Block = std::array<unsigned char, kBlockBytes>;

struct FreeContext {
  // Wipes the key schedule.
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
// One a call: a context that is kept keeps its key (figures in ADR 0009). What fails below fails
// only without memory or without AES in the library: there is nobody to tell.
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context NewContext() {
  Context context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr);
  return context;
}

// Fetched once: EVP_aes_256_gcm() would look it up among the providers in every call.
const EVP_CIPHER* Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

const EVP_CIPHER* Ecb() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  CHECK(cipher != nullptr);
  return cipher;
}

const unsigned char* Unsigned(const char* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

unsigned char* Unsigned(char* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

void EncryptBlock(EVP_CIPHER_CTX* context, Block& block) {
  int written = 0;
  CHECK(EVP_EncryptUpdate(context, block.data(), &written, block.data(), kBlockBytes) == 1);
  CHECK(written == kBlockBytes);
}

// The first subkey of CMAC (SP 800-38B, 6.1): the encrypted zero block, doubled in GF(2^128).
Block CmacSubkey(EVP_CIPHER_CTX* context) {
  Block subkey = {};
  EncryptBlock(context, subkey);
  const bool carry = (subkey[0] & 0x80) != 0;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const int next = i + 1 < kBlockBytes ? subkey[i + 1] >> 7 : 0;
    subkey[i] = static_cast<unsigned char>(subkey[i] << 1 | next);
  }
  if (carry) subkey[kBlockBytes - 1] ^= 0x87;
  return subkey;
}

// The key for all nonces that begin like this one: CMAC in counter mode, of which each message is
// one whole block: counter (2), label "X", 0, the nonce's first bytes.
SecretKey DeriveKey(const SecretKey& key, const Nonce& nonce) {
  const Context context = NewContext();
  CHECK(EVP_EncryptInit_ex2(context.get(), Ecb(), key.data(), nullptr, nullptr) == 1);
  CHECK(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  Block subkey = CmacSubkey(context.get());
  std::array<char, SecretKey::kBytes> derived;
  for (unsigned char counter = 1; counter <= 2; ++counter) {
    Block block = {0, counter, 'X', 0};
    std::memcpy(block.data() + 4, nonce.data(), kDerivationBytes);
    for (size_t i = 0; i < kBlockBytes; ++i) block[i] ^= subkey[i];
    EncryptBlock(context.get(), block);
    std::memcpy(derived.data() + (counter - 1) * kBlockBytes, block.data(), kBlockBytes);
    OPENSSL_cleanse(block.data(), block.size());
  }
  SecretKey result(std::string_view(derived.data(), derived.size()));
  OPENSSL_cleanse(derived.data(), derived.size());
  OPENSSL_cleanse(subkey.data(), subkey.size());
  return result;
}

// A context with the derived key and nonce that has taken in `associated`.
Context Begin(const SecretKey& key, const Nonce& nonce, std::string_view associated, bool encrypt) {
  const SecretKey derived = DeriveKey(key, nonce);
  Context context = NewContext();
  CHECK(EVP_CipherInit_ex2(context.get(), Gcm(), derived.data(),
                           Unsigned(nonce.data()) + kDerivationBytes, encrypt ? 1 : 0,
                           nullptr) == 1);
  int taken = 0;
  CHECK(EVP_CipherUpdate(context.get(), nullptr, &taken, Unsigned(associated.data()),
                         static_cast<int>(associated.size())) == 1);
  return context;
}

void UpdateInPlace(EVP_CIPHER_CTX* context, std::span<char> text) {
  int written = 0;
  CHECK(EVP_CipherUpdate(context, Unsigned(text.data()), &written, Unsigned(text.data()),
                         static_cast<int>(text.size())) == 1);
  CHECK(static_cast<size_t>(written) == text.size());
}

}  // namespace

absl::StatusOr<Nonce> RandomNonce() {
  Nonce nonce;
  if (RAND_bytes(Unsigned(nonce.data()), static_cast<int>(nonce.size())) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for a nonce");
  }
  return nonce;
}

Tag SealInPlace(const SecretKey& key, const Nonce& nonce, std::string_view associated,
                std::span<char> text) {
  const Context context = Begin(key, nonce, associated, /*encrypt=*/true);
  UpdateInPlace(context.get(), text);
  int rest = 0;
  Block none;
  CHECK(EVP_CipherFinal_ex(context.get(), none.data(), &rest) == 1);
  Tag tag;
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) == 1);
  return tag;
}

bool OpenInPlace(const SecretKey& key, const Nonce& nonce, std::string_view associated,
                 std::span<char> text, const Tag& tag) {
  const Context context = Begin(key, nonce, associated, /*encrypt=*/false);
  UpdateInPlace(context.get(), text);
  Tag expected = tag;
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, expected.data()) == 1);
  int rest = 0;
  Block none;
  if (EVP_CipherFinal_ex(context.get(), none.data(), &rest) == 1) return true;
  OPENSSL_cleanse(text.data(), text.size());
  return false;
}

}  // namespace penstock::broker
