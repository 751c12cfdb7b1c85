// TokenCodec: the opaque tokens that clients hand back (shard iterators, ListShards next_token),
// authenticated so that nobody can make one up.
//
// A token is the base64url form, without padding, of
//
//   offset size  field
//        0    1  version, 1
//        1    1  purpose
//        2    8  issue time, ms, little-endian
//       10    n  payload
//     10+n   16  HMAC-SHA256 of all before, its first 16 bytes
//
// The payload can be read by whoever decodes it, so it holds nothing secret; it cannot be changed,
// nor used for another purpose. The key is kept in the metadata store, so that tokens outlive a
// restart. Whether a token is too old is for the caller to say: lifetimes and their errors differ.
// Immutable, hence thread-safe. The clock must outlive the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/clock.h"
#include "common/error.h"

namespace penstock::broker {

// The numbers are inside tokens that clients hold.
enum class TokenPurpose : uint8_t {
  kShardIterator = 1,
  kListShards = 2,
  kListStreams = 3,
  kListConsumers = 4,
};

class TokenCodec {
 public:
  static constexpr size_t kKeyBytes = 32;
  // The Kinesis limit on shard iterators (ShardIterator, 1 to 512 characters), kept for all tokens.
  static constexpr size_t kTokenCharsMax = 512;
  // The longest payload whose token keeps to that.
  static constexpr size_t kPayloadBytesMax = kTokenCharsMax / 4 * 3 - 26;

  // CHECKs that `key` has kKeyBytes.
  TokenCodec(std::string key, const Clock& clock);

  // CHECKs kPayloadBytesMax.
  std::string Seal(TokenPurpose purpose, std::string_view payload) const;

  struct Opened {
    std::string payload;
    int64_t issued_ms = 0;
  };
  // An error of `invalid_reason` if `token` was not made by Seal with this key and purpose: wrong
  // length, encoding, version, purpose or MAC. The message does not say which, beyond length.
  absl::StatusOr<Opened> Open(TokenPurpose purpose, std::string_view token,
                              ErrorReason invalid_reason) const;

 private:
  std::string Mac(std::string_view message) const;

  const std::string key_;
  const Clock& clock_;
};

}  // namespace penstock::broker
