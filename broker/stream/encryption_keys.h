// EncryptionKeys: where a stream gets its data keys from. The seam between the control plane, which
// starts and stops encryption, and the key ring behind broker/encryption.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/stream/stream_config.h"

namespace penstock::broker {

class EncryptionKeys {
 public:
  virtual ~EncryptionKeys() = default;

  // `stream`'s encryption with a new data key, wrapped by master key `key_id`, as the last one.
  // Errors of reason kKms…. May block; one call at a time.
  virtual absl::StatusOr<StreamEncryption> Start(const StreamConfig& stream,
                                                 std::string_view key_id, int64_t now_ms) = 0;
};

}  // namespace penstock::broker
