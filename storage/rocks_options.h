// How a lane sets RocksDB up. Each option that is set has its reason in rocks_options.cc; figures
// in docs/adr/0003.
#pragma once

#include <rocksdb/options.h>

#include "storage/lane_options.h"

namespace penstock::storage {

rocksdb::DBOptions LaneDbOptions(const LaneOptions& options);
// The batches.
rocksdb::ColumnFamilyOptions DataFamilyOptions(const LaneOptions& options);
// The time index and the shard rows: small values, little of them.
rocksdb::ColumnFamilyOptions IndexFamilyOptions();

}  // namespace penstock::storage
