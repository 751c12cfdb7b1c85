#include "broker/token/token_codec.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/check.h"

namespace penstock::broker {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeaderBytes = 10;
constexpr size_t kMacBytes = 16;
static_assert(TokenCodec::kPayloadBytesMax ==
              TokenCodec::kTokenCharsMax / 4 * 3 - kHeaderBytes - kMacBytes);

absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}

// Nothing unless `token` is the one text that stands for its bytes: otherwise the unused bits of
// the last character could be changed.
std::optional<std::string> Decode(std::string_view token) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(token), &bytes)) return std::nullopt;
  if (absl::WebSafeBase64Escape(bytes) != ToAbsl(token)) return std::nullopt;
  return bytes;
}

std::string_view PurposeName(TokenPurpose purpose) {
  return purpose == TokenPurpose::kShardIterator ? "shard iterator" : "next_token";
}

absl::Status Invalid(ErrorReason reason, TokenPurpose purpose, std::string_view what) {
  return MakeError(reason, absl::StrCat(ToAbsl(PurposeName(purpose)), " ", ToAbsl(what)));
}

}  // namespace

TokenCodec::TokenCodec(std::string key, const Clock& clock) : key_(std::move(key)), clock_(clock) {
  CHECK(key_.size() == kKeyBytes);
}

std::string TokenCodec::Mac(std::string_view message) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_bytes = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), data, message.size(),
             digest.data(), &digest_bytes) != nullptr);
  CHECK(digest_bytes >= kMacBytes);
  return std::string(reinterpret_cast<const char*>(digest.data()), kMacBytes);
}

std::string TokenCodec::Seal(TokenPurpose purpose, std::string_view payload) const {
  CHECK(payload.size() <= kPayloadBytesMax);
  std::string bytes;
  bytes.reserve(kHeaderBytes + payload.size() + kMacBytes);
  bytes.push_back(kVersion);
  bytes.push_back(static_cast<char>(purpose));
  const auto issued = static_cast<uint64_t>(clock_.NowMs());
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(issued >> shift));
  bytes.append(payload);
  bytes += Mac(bytes);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<TokenCodec::Opened> TokenCodec::Open(TokenPurpose purpose, std::string_view token,
                                                    ErrorReason invalid_reason) const {
  if (token.size() > kTokenCharsMax) {
    return Invalid(invalid_reason, purpose,
                   absl::StrCat("has ", token.size(), " characters, more than ", kTokenCharsMax));
  }
  const std::optional<std::string> bytes = Decode(token);
  if (!bytes || bytes->size() < kHeaderBytes + kMacBytes || (*bytes)[0] != kVersion ||
      (*bytes)[1] != static_cast<char>(purpose)) {
    return Invalid(invalid_reason, purpose, "is not one of this broker's");
  }
  const std::string_view message = std::string_view(*bytes).substr(0, bytes->size() - kMacBytes);
  const std::string mac = Mac(message);
  // Constant time: the time of a comparison must not tell how much of a guess was right.
  if (CRYPTO_memcmp(mac.data(), bytes->data() + message.size(), kMacBytes) != 0) {
    return Invalid(invalid_reason, purpose, "is not one of this broker's");
  }
  uint64_t issued = 0;
  for (size_t i = 0; i < sizeof(issued); ++i) {
    issued |= uint64_t{static_cast<unsigned char>(message[2 + i])} << (8 * i);
  }
  return Opened{std::string(message.substr(kHeaderBytes)), static_cast<int64_t>(issued)};
}

}  // namespace penstock::broker
