// ShardRow: what is known of a shard without reading its batches; written with every round that
// touches the shard.
//
//   offset size  field
//        0    2  version, 1
//        2    2  flags: 1 sealed
//        4    4  epoch
//        8    8  first: trim horizon
//       16    8  end: the number that the next record gets
//       24    8  deleted below: batches that begin below it are deleted from the data column family
//       32    8  last append time, ms
//       40    8  bytes appended since the shard began
//       48    8  bytes deleted since the shard began
//       56    8  XXH3-64 of the above, seeded with the shard
//
// It is in the same write as the batches: a row that speaks of records which cannot be read proves
// that they were lost, where an empty column family alone would look like an empty shard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/ids.h"

namespace penstock::storage {

struct ShardRow {
  static constexpr size_t kBytes = 64;

  Epoch epoch{1};
  SequenceNumber first = kFirstSequenceNumber;
  SequenceNumber end = kFirstSequenceNumber;
  SequenceNumber deleted_below = kFirstSequenceNumber;
  int64_t last_append_time_ms = 0;
  uint64_t bytes_appended = 0;
  uint64_t bytes_deleted = 0;
  // Nothing is appended any more.
  bool sealed = false;

  std::string Encode(const ShardKey& shard) const;
  // DATA_LOSS (CORRUPT_RECORDS) naming the shard unless size, version, flags, checksum and order
  // of the numbers are right.
  static absl::StatusOr<ShardRow> Decode(const ShardKey& shard, std::string_view bytes);
};

}  // namespace penstock::storage
