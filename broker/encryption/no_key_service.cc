#include "broker/encryption/no_key_service.h"

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

absl::Status NotFound(std::string_view key_id) {
  return MakeError(ErrorReason::kKmsNotFound,
                   absl::StrCat("master key '", Excerpt(key_id),
                                "' is not there: the broker has no key ring (key-ring-file)"));
}

}  // namespace

absl::StatusOr<WrappedDataKey> NoKeyService::GenerateDataKey(std::string_view key_id, StreamId,
                                                             uint32_t) {
  return NotFound(key_id);
}

absl::StatusOr<SecretKey> NoKeyService::Unwrap(const WrappedDataKey& key, StreamId) {
  return NotFound(key.key_id);
}

absl::StatusOr<WrappedDataKey> NoKeyService::Rewrap(const WrappedDataKey&, StreamId,
                                                    std::string_view key_id) {
  return NotFound(key_id);
}

absl::StatusOr<MasterKeyVersion> NoKeyService::CheckUsable(std::string_view key_id) {
  return NotFound(key_id);
}

}  // namespace penstock::broker
