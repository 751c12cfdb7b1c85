// The batch cipher: makes an encrypted batch of a plain one, and the reverse, with the data key at
// hand. Pure functions; which key it is and whether it may be used is StreamCipher's.
//
//   block of an encrypted batch
//     ciphertext        as long as the plain block
//     generation   4    of the stream's data key, little-endian
//     nonce       24    random
//     tag         16
//
// What lies behind the ciphertext is a trailer, so that a block is encrypted where it lies. The
// tag covers, beside the block, where it belongs and all that the header says when it is built:
//
//   stream id 8 | shard 4 | generation 4 | header 0 to 3 | header 32 to 95
//
// The rest of the header (epoch, first sequence number, append time, checksum) is the broker's to
// set later. The checksum is over the encrypted bytes: storage verifies a batch without its key.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "common/ids.h"
#include "common/record_batch.h"
#include "common/secret.h"

namespace penstock::broker {

// `batch` is of `shard`. INVALID_ARGUMENT if it is encrypted already (a client's doing);
// REQUEST_TOO_LARGE if its block leaves no room; INTERNAL if there are no random bytes.
absl::StatusOr<RecordBatch> EncryptBatch(const ShardKey& shard, RecordBatch batch,
                                         const SecretKey& key, uint32_t generation);

// With which of the stream's data keys `batch`, which is encrypted, was.
uint32_t GenerationOf(const RecordBatch& batch);

// The plain batch with the same place: it reads and verifies as if it had never been encrypted.
// `batch` is encrypted. DATA_LOSS (CORRUPT_RECORDS) where key, shard, header and block do not
// belong together.
absl::StatusOr<RecordBatch> DecryptBatch(const ShardKey& shard, const RecordBatch& batch,
                                         const SecretKey& key);

}  // namespace penstock::broker
