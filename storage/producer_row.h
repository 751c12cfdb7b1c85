// ProducerRow: one result of a producer in a shard, as it is stored beside the shard's row.
//
//   offset size  field
//        0    4  version, 1
//        4    4  producer epoch
//        8    8  producer sequence
//       16    8  first sequence number
//       24    8  append time, ms
//       32    4  shard that has the records
//       36    4  record count
//       40   16  lowest hash key of the batch
//       56   16  highest hash key of the batch
//       72    8  XXH3-64 of the above, seeded with the key
//
// Little-endian. It is in the same write as the batch: either both are there after a crash, or
// neither.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "storage/key_format.h"
#include "storage/producer_table.h"

namespace penstock::storage {

struct ProducerRow {
  static constexpr size_t kBytes = 80;

  uint32_t epoch = 0;
  ProducerResult result;

  std::string Encode(const ProducerRowKey& key) const;
  // DATA_LOSS (CORRUPT_RECORDS) naming shard and producer unless size, version and checksum are
  // right.
  static absl::StatusOr<ProducerRow> Decode(const ProducerRowKey& key, std::string_view bytes);
};

}  // namespace penstock::storage
