#include "common/hash_key.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include <openssl/evp.h>

#include "common/check.h"
#include "common/error.h"

namespace penstock {
namespace {

// One context a thread: EVP_Digest makes one a call, which costs more than the digest of a short
// key.
EVP_MD_CTX* ThreadDigestContext() {
  struct Holder {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Holder() { EVP_MD_CTX_free(context); }
  };
  thread_local Holder holder;
  return holder.context;
}

// Fetched once: EVP_md5() looks the provider up again on each use (OpenSSL 3, "Performance" in the
// EVP_MD_fetch manual page).
const EVP_MD* Md5() {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  return md5;
}

}  // namespace

HashKey HashKey::FromPartitionKey(std::string_view partition_key) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_MD_CTX* const context = ThreadDigestContext();
  CHECK(EVP_DigestInit_ex2(context, Md5(), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context, partition_key.data(), partition_key.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context, digest, &size) == 1);
  return FromBytes(std::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::StatusOr<HashKey> HashKey::FromDecimal(std::string_view decimal) {
  const auto refuse = [&] {
    return MakeError(
        ErrorReason::kInvalidArgument,
        absl::StrCat("hash key '", Excerpt(decimal), "' is not a decimal number of 0 to 2^128-1"));
  };
  if (decimal.empty() || (decimal.size() > 1 && decimal[0] == '0')) return refuse();
  Uint128 value = 0;
  for (const char c : decimal) {
    if (c < '0' || c > '9') return refuse();
    const auto digit = static_cast<Uint128>(c - '0');
    if (value > (Max().value() - digit) / 10) return refuse();
    value = value * 10 + digit;
  }
  return HashKey(value);
}

HashKey HashKey::FromBytes(std::string_view bytes) {
  CHECK(bytes.size() == kBytes);
  Uint128 value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return HashKey(value);
}

std::string HashKey::ToBytes() const {
  std::string bytes(kBytes, '\0');
  Uint128 rest = value_;
  for (size_t i = kBytes; i-- > 0; rest >>= 8) bytes[i] = static_cast<char>(rest & 0xff);
  return bytes;
}

std::string HashKey::ToDecimal() const {
  if (value_ == 0) return "0";
  std::string decimal;
  for (Uint128 rest = value_; rest != 0; rest /= 10)
    decimal += static_cast<char>('0' + static_cast<int>(rest % 10));
  std::reverse(decimal.begin(), decimal.end());
  return decimal;
}

std::vector<HashKeyRange> UniformRanges(uint32_t count) {
  CHECK(count >= 1);
  // floor(2^128 / count): 2^128 itself does not fit, so it is taken apart as (2^128-1) / count with
  // the carry of an exact division.
  const Uint128 max = HashKey::Max().value();
  const Uint128 width = max / count + (max % count == count - 1 ? 1 : 0);
  std::vector<HashKeyRange> ranges;
  ranges.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    const HashKey first(width * i);
    const HashKey last = i + 1 == count ? HashKey::Max() : HashKey(width * (i + 1) - 1);
    ranges.push_back({first, last});
  }
  return ranges;
}

}  // namespace penstock
