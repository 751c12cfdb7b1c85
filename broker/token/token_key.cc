#include "broker/token/token_key.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include <openssl/rand.h>

#include "broker/token/token_codec.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kTokenKeyKey = "secret/token-key";

absl::StatusOr<std::optional<std::string>> Load(MetadataStore& metadata) {
  ASSIGN_OR_RETURN(std::optional<MetadataEntry> entry, metadata.Get(kTokenKeyKey));
  if (!entry) return std::optional<std::string>();
  if (entry->value.size() != TokenCodec::kKeyBytes) {
    return MakeError(ErrorReason::kCorruptRecords,
                     absl::StrCat("metadata: ", std::string(kTokenKeyKey), " has ",
                                  entry->value.size(), " bytes, not ", TokenCodec::kKeyBytes));
  }
  return std::optional<std::string>(std::move(entry->value));
}

}  // namespace

absl::StatusOr<std::string> LoadOrMakeTokenKey(MetadataStore& metadata) {
  ASSIGN_OR_RETURN(std::optional<std::string> stored, Load(metadata));
  if (stored) return *std::move(stored);

  std::string key(TokenCodec::kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for the token key");
  }
  const absl::Status put = metadata.CompareAndPut(kTokenKeyKey, key, Revision()).status();
  if (put.ok()) return key;
  if (put.code() != absl::StatusCode::kAborted) return put;

  // Another node was faster; its key is the key of all.
  ASSIGN_OR_RETURN(stored, Load(metadata));
  if (!stored) return put;
  return *std::move(stored);
}

}  // namespace penstock::broker
