// StreamCipher: encryption at rest of all streams of a broker.
//
// A stream that is encrypted has data keys, numbered by generation and kept wrapped in its config:
// the last one encrypts what is put, each decrypts what was stored with it. Each use first asks the
// key service whether the master key may be used now, so that a key that is disabled stops reads
// and puts, and one that is enabled again brings the data back. Unwrapped keys are kept in a
// bounded cache.
//
//   Start, master key A    [1: A]                generation 1 encrypts
//   Start, master key A    [1: A, 2: A]          2 encrypts: the data key was rotated
//   Start, master key B    [1: B, 2: B, 3: B]    3 encrypts, all are wrapped anew: A may go
//
// Thread-safe. The key service must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/encryption/data_key_cache.h"
#include "broker/encryption/key_service.h"
#include "broker/stream/encryption_keys.h"
#include "broker/stream/stream_config.h"
#include "common/ids.h"
#include "common/record_batch.h"

namespace penstock::broker {

struct StreamCipherOptions {
  KeyService& keys;
  // Of 32 bytes; more are unwrapped again when they are used.
  size_t cached_data_keys_max = 10'000;
};

class StreamCipher final : public EncryptionKeys {
 public:
  explicit StreamCipher(const StreamCipherOptions& options)
      : keys_(options.keys), cache_(options.cached_data_keys_max) {}

  // The batch as it is to be stored: encrypted if the stream is, as it is otherwise. KMS errors of
  // the key service; INVALID_ARGUMENT or REQUEST_TOO_LARGE as EncryptBatch.
  absl::StatusOr<RecordBatch> Encrypt(const StreamConfig& config, const ShardKey& shard,
                                      RecordBatch batch);

  // The batch as it is to be read, with the same place; the same one if it is not encrypted. KMS
  // errors of the key service; KMS_INVALID_STATE if `config`, older than the batch perhaps, has no
  // such data key; DATA_LOSS (CORRUPT_RECORDS) if the batch is not what was encrypted.
  absl::StatusOr<StoredBatch> Decrypt(const StreamConfig& config, const ShardKey& shard,
                                      StoredBatch batch);

  // What the stream's encryption becomes: on, with a new data key, and all data keys wrapped with
  // the master key that `key_id` stands for. A data key whose own master key cannot be used now
  // stays as it is, with a warning: what it encrypted cannot be read anyway, and new records must
  // not wait for it. Stores nothing. Errors as KeyService::GenerateDataKey; LIMIT_EXCEEDED if
  // kDataKeysPerStreamMax data keys are needed for records within the retention period.
  absl::StatusOr<StreamEncryption> Start(const StreamConfig& config, std::string_view key_id,
                                         int64_t now_ms) override;

  // Drops the data keys of a stream that was deleted from memory.
  void Forget(StreamId stream) { cache_.Forget(stream); }

 private:
  absl::StatusOr<DataKeyCache::Key> Unwrapped(StreamId stream, const WrappedDataKey& key);

  KeyService& keys_;
  DataKeyCache cache_;
};

}  // namespace penstock::broker
