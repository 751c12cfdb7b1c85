// RecordBatchHeader: the first 96 bytes of a batch, little-endian (docs/record-format.md).
//
//   offset size  field                  set by    in the checksum
//        0    2  magic "PB"             client    yes
//        2    1  version, 1             client    yes
//        3    1  flags                  client    yes
//        4    4  epoch                  broker    no
//        8    8  first sequence number  broker    no
//       16    8  append time, ms        broker    no
//       24    8  checksum               client    -
//       32    4  record count           client    yes
//       36    4  block bytes            client    yes
//       40    4  uncompressed bytes     client    yes
//       44    4  producer epoch         client    yes
//       48    8  producer id            client    yes
//       56    8  producer sequence      client    yes
//       64   16  lowest hash key        client    yes
//       80   16  highest hash key       client    yes
//       96    -  records block          client    yes
//
// What the broker sets lies outside the checksum, so that it never has to read the block to store
// it. The checksum is XXH3-64 seeded with the identity of the shard and the first four bytes: bytes
// that are whole but in the wrong place do not verify.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/codec.h"
#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock {

struct RecordBatchHeader {
  static constexpr size_t kBytes = 96;
  static constexpr size_t kChecksummedFrom = 32;

  Codec codec = Codec::kNone;
  // The block, after compression, is encrypted: it says with which key (broker/encryption).
  bool encrypted = false;
  Epoch epoch;
  SequenceNumber first_sequence_number;
  int64_t append_time_ms = 0;
  uint64_t checksum = 0;
  uint32_t record_count = 0;
  uint32_t block_bytes = 0;
  uint32_t uncompressed_bytes = 0;
  // Identity of the put for idempotence; producer id 0 is none.
  uint32_t producer_epoch = 0;
  uint64_t producer_id = 0;
  uint64_t producer_sequence = 0;
  HashKeyRange hash_keys;

  // One past the last record's number.
  SequenceNumber end_sequence_number() const { return first_sequence_number.Plus(record_count); }

  // Writes all kBytes.
  void EncodeTo(char* bytes) const;

  // DATA_LOSS (CORRUPT_RECORDS) with what is wrong: too short, foreign magic, unknown version or
  // flags, or sizes that are out of their limits or do not fit together. Does not look at the block
  // or the checksum.
  static absl::StatusOr<RecordBatchHeader> Decode(std::string_view bytes);
};

// The checksum that `batch`, header and block, must carry to be of this shard. `batch` has at least
// a whole header.
uint64_t BatchChecksum(const ShardKey& shard, std::string_view batch);

}  // namespace penstock
