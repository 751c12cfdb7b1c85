// Page tokens: what a next_token holds, authenticated and with a lifetime of kNextTokenLifetimeMs.
//
// Pages of streams and consumers go on after a name, so their tokens hold one; those of consumers
// also the stream's id, not its name: after a stream is deleted and made again the old tokens find
// nothing, where the name would continue in the wrong stream. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/token/token_codec.h"
#include "common/ids.h"

namespace penstock::broker {

// The payload of a token that Seal made for `purpose`. INVALID_ARGUMENT (field next_token) if it is
// no such token; FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN) if it is too old.
absl::StatusOr<std::string> OpenPageToken(const TokenCodec& tokens, TokenPurpose purpose,
                                          std::string_view next_token, int64_t now_ms);

// Where a page of names begins.
struct NameCursor {
  // 0 where the names are those of streams.
  StreamId stream;
  // The name before the page.
  std::string after;
};

std::string SealNameCursor(const TokenCodec& tokens, TokenPurpose purpose,
                           const NameCursor& cursor);
absl::StatusOr<NameCursor> OpenNameCursor(const TokenCodec& tokens, TokenPurpose purpose,
                                          std::string_view next_token, int64_t now_ms);

}  // namespace penstock::broker
