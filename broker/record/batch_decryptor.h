// BatchDecryptor: opens batches that are stored encrypted. A seam, so that tests of reads need no
// keys; in the broker it is the StreamCipher.
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "broker/encryption/stream_cipher.h"
#include "broker/stream/stream_config.h"
#include "common/ids.h"
#include "common/record_batch.h"

namespace penstock::broker {

// Thread-safe.
class BatchDecryptor {
 public:
  virtual ~BatchDecryptor() = default;

  // `batch`, whose header says that it is encrypted, as it was before: plain, with the same place
  // in the shard. KMS_* where its key cannot be used now, KMS_INVALID_STATE also where `stream` is
  // older than the key; DATA_LOSS (CORRUPT_RECORDS) where the
  // batch is not what was encrypted.
  virtual absl::StatusOr<StoredBatch> Decrypt(const StreamConfig& stream, const ShardKey& shard,
                                              StoredBatch batch) = 0;
};

// Null for null. The cipher must outlive it.
std::unique_ptr<BatchDecryptor> MakeBatchDecryptor(StreamCipher* cipher);

}  // namespace penstock::broker
