// KeyService: the master keys, as the cipher sees them; the seam for a key management service.
//
// A master key never leaves its service: the service makes data keys, wraps (encrypts) them for
// keeping, and unwraps them. A wrapped key is bound to its stream and generation: under another it
// does not unwrap. Thread-safe. A remote service may block: Unwrap is called for the first batch of
// a data key and whenever the master key has changed, CheckUsable for every batch.
//
// Errors of all: KMS_NOT_FOUND, KMS_DISABLED, KMS_ACCESS_DENIED, each naming the key.
//
// Implemented by KeyRing, on a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/stream/stream_config.h"
#include "common/ids.h"
#include "common/secret.h"
#include "common/strong_type.h"

namespace penstock::broker {

// Another one where a master key is no longer what it was. Says nothing else.
using MasterKeyVersion = StrongType<uint64_t, struct MasterKeyVersionTag>;

class KeyService {
 public:
  virtual ~KeyService() = default;

  // The data key `generation` of `stream`, new and random, wrapped with the master key that
  // `key_id`, as a request gives it, stands for. The result names it by its own id; the time is not
  // set. Also INVALID_ARGUMENT for a key_id of no form that is known.
  virtual absl::StatusOr<WrappedDataKey> GenerateDataKey(std::string_view key_id, StreamId stream,
                                                         uint32_t generation) = 0;

  // Also KMS_INVALID_STATE if its master key does not unwrap it.
  virtual absl::StatusOr<SecretKey> Unwrap(const WrappedDataKey& key, StreamId stream) = 0;

  // The same data key wrapped with the master key of `key_id`. Errors as Unwrap and
  // GenerateDataKey.
  virtual absl::StatusOr<WrappedDataKey> Rewrap(const WrappedDataKey& key, StreamId stream,
                                                std::string_view key_id) = 0;

  // Whether the master key may be used now. `key_id` is as in a WrappedDataKey. Cheap.
  virtual absl::StatusOr<MasterKeyVersion> CheckUsable(std::string_view key_id) = 0;
};

}  // namespace penstock::broker
