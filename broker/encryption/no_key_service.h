// NoKeyService: what stands for the master keys where none are configured. Each call is answered
// with KMS_NOT_FOUND, which names the setting that would give some.
#pragma once

#include "broker/encryption/key_service.h"

namespace penstock::broker {

class NoKeyService final : public KeyService {
 public:
  absl::StatusOr<WrappedDataKey> GenerateDataKey(std::string_view key_id, StreamId stream,
                                                 uint32_t generation) override;
  absl::StatusOr<SecretKey> Unwrap(const WrappedDataKey& key, StreamId stream) override;
  absl::StatusOr<WrappedDataKey> Rewrap(const WrappedDataKey& key, StreamId stream,
                                        std::string_view key_id) override;
  absl::StatusOr<MasterKeyVersion> CheckUsable(std::string_view key_id) override;
};

}  // namespace penstock::broker
