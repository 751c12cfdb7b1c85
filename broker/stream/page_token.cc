#include "broker/stream/page_token.h"

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Payload of a name cursor: stream id, 8 bytes little-endian, then the name.
constexpr size_t kStreamIdBytes = 8;
static_assert(kStreamIdBytes + kStreamNameCharsMax <= TokenCodec::kPayloadBytesMax);
static_assert(kStreamIdBytes + kConsumerNameCharsMax <= TokenCodec::kPayloadBytesMax);

}  // namespace

absl::StatusOr<std::string> OpenPageToken(const TokenCodec& tokens, TokenPurpose purpose,
                                          std::string_view next_token, int64_t now_ms) {
  absl::StatusOr<TokenCodec::Opened> opened =
      tokens.Open(purpose, next_token, ErrorReason::kInvalidArgument);
  if (!opened.ok()) return WithField(opened.status(), "next_token");
  if (now_ms - opened->issued_ms > kNextTokenLifetimeMs) {
    return WithField(
        MakeError(
            ErrorReason::kExpiredNextToken,
            absl::StrCat("next_token was issued at ", opened->issued_ms, " ms and it is now ",
                         now_ms, " ms: older than the tolerated ", kNextTokenLifetimeMs, " ms")),
        "next_token");
  }
  return std::move(opened->payload);
}

std::string SealNameCursor(const TokenCodec& tokens, TokenPurpose purpose,
                           const NameCursor& cursor) {
  std::string payload;
  for (size_t i = 0; i < kStreamIdBytes; ++i) {
    payload.push_back(static_cast<char>(cursor.stream.value() >> (8 * i)));
  }
  payload.append(cursor.after);
  return tokens.Seal(purpose, payload);
}

absl::StatusOr<NameCursor> OpenNameCursor(const TokenCodec& tokens, TokenPurpose purpose,
                                          std::string_view next_token, int64_t now_ms) {
  ASSIGN_OR_RETURN(const std::string payload, OpenPageToken(tokens, purpose, next_token, now_ms));
  if (payload.size() < kStreamIdBytes) {
    return WithField(
        MakeError(ErrorReason::kInvalidArgument, "next_token is not one of this broker's"),
        "next_token");
  }
  uint64_t stream = 0;
  for (size_t i = 0; i < kStreamIdBytes; ++i) {
    stream |= uint64_t{static_cast<unsigned char>(payload[i])} << (8 * i);
  }
  return NameCursor{StreamId(stream), payload.substr(kStreamIdBytes)};
}

}  // namespace penstock::broker
