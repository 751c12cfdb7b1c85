#include "broker/encryption/stream_cipher.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "broker/encryption/batch_cipher.h"
#include "common/check.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Past the retention period, for clocks that are set back and a trim that is late.
constexpr int64_t kDataKeyMarginMs = int64_t{7} * 24 * 60 * 60 * 1000;

const WrappedDataKey* FindGeneration(const StreamEncryption& encryption, uint32_t generation) {
  const auto found =
      std::lower_bound(encryption.data_keys.begin(), encryption.data_keys.end(), generation,
                       [](const WrappedDataKey& key, uint32_t g) { return key.generation < g; });
  const bool is_there = found != encryption.data_keys.end() && found->generation == generation;
  return is_there ? &*found : nullptr;
}

// Drops data keys until there is room for one more: those that were succeeded so long ago that all
// they encrypted has been trimmed. Only then, for a key that is gone never comes back.
absl::Status MakeRoom(const StreamConfig& config, int64_t now_ms,
                      std::vector<WrappedDataKey>* keys) {
  if (keys->size() < kDataKeysPerStreamMax) return absl::OkStatus();
  const int64_t oldest_ms =
      now_ms - int64_t{config.retention_period_minutes} * 60'000 - kDataKeyMarginMs;
  // Each key's last use is the creation of the next; the last key is in use.
  const auto first_needed = std::find_if(
      std::next(keys->begin()), keys->end(),
      [oldest_ms](const WrappedDataKey& next) { return next.creation_timestamp_ms >= oldest_ms; });
  keys->erase(keys->begin(), std::prev(first_needed));
  if (keys->size() < kDataKeysPerStreamMax) return absl::OkStatus();
  return MakeError(ErrorReason::kLimitExceeded,
                   absl::StrCat("stream '", config.name, "' has ", keys->size(),
                                " data keys for records that may still be kept; there may be ",
                                kDataKeysPerStreamMax));
}

}  // namespace

absl::StatusOr<DataKeyCache::Key> StreamCipher::Unwrapped(StreamId stream,
                                                          const WrappedDataKey& key) {
  // Before the cache: that a data key is at hand does not say that it may be used.
  ASSIGN_OR_RETURN(const MasterKeyVersion version, keys_.CheckUsable(key.key_id));
  const DataKeyCache::Id id{stream, key.generation};
  if (DataKeyCache::Key cached = cache_.Find(id, version)) return cached;
  ASSIGN_OR_RETURN(SecretKey unwrapped, keys_.Unwrap(key, stream));
  auto shared = std::make_shared<const SecretKey>(std::move(unwrapped));
  cache_.Put(id, version, shared);
  return DataKeyCache::Key(std::move(shared));
}

absl::StatusOr<RecordBatch> StreamCipher::Encrypt(const StreamConfig& config, const ShardKey& shard,
                                                  RecordBatch batch) {
  if (config.encryption.type != EncryptionType::kKms) return batch;
  CHECK(!config.encryption.data_keys.empty());
  const WrappedDataKey& wrapped = config.encryption.data_keys.back();
  ASSIGN_OR_RETURN(const DataKeyCache::Key key, Unwrapped(config.id, wrapped));
  return EncryptBatch(shard, std::move(batch), *key, wrapped.generation);
}

absl::StatusOr<StoredBatch> StreamCipher::Decrypt(const StreamConfig& config, const ShardKey& shard,
                                                  StoredBatch batch) {
  if (!batch->header().encrypted) return batch;
  const uint32_t generation = GenerationOf(*batch);
  const WrappedDataKey* const wrapped = FindGeneration(config.encryption, generation);
  if (wrapped == nullptr) {
    return MakeError(
        ErrorReason::kKmsInvalidState,
        absl::StrCat("record batch at sequence number ",
                     batch->header().first_sequence_number.value(), " of ", ToString(shard),
                     " is encrypted with data key ", generation, ", which its stream has not"));
  }
  ASSIGN_OR_RETURN(const DataKeyCache::Key key, Unwrapped(config.id, *wrapped));
  ASSIGN_OR_RETURN(RecordBatch plain, DecryptBatch(shard, *batch, *key));
  return std::make_shared<const RecordBatch>(std::move(plain));
}

absl::StatusOr<StreamEncryption> StreamCipher::Start(const StreamConfig& config,
                                                     std::string_view key_id, int64_t now_ms) {
  StreamEncryption started = config.encryption;
  RETURN_IF_ERROR(MakeRoom(config, now_ms, &started.data_keys));
  started.type = EncryptionType::kKms;
  started.key_id = std::string(key_id);
  const uint32_t generation =
      started.data_keys.empty() ? 1 : started.data_keys.back().generation + 1;
  ASSIGN_OR_RETURN(WrappedDataKey added, keys_.GenerateDataKey(key_id, config.id, generation));
  added.creation_timestamp_ms = now_ms;
  for (WrappedDataKey& key : started.data_keys) {
    if (key.key_id == added.key_id) continue;
    absl::StatusOr<WrappedDataKey> rewrapped = keys_.Rewrap(key, config.id, added.key_id);
    if (rewrapped.ok()) {
      key = *std::move(rewrapped);
      continue;
    }
    LogWarning("data key stays with its old master key, which must be kept",
               {{"stream", config.name},
                {"generation", absl::StrCat(key.generation)},
                {"master_key", key.key_id},
                {"error", std::string(rewrapped.status().message())}});
  }
  started.data_keys.push_back(std::move(added));
  return started;
}

}  // namespace penstock::broker
