// FromRocksStatus: RocksDB's status as the broker's.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include <rocksdb/status.h>

namespace penstock::storage {

// OK stays OK. Corruption becomes DATA_LOSS (CORRUPT_RECORDS), all else UNAVAILABLE
// (STORAGE_FAILED); the message is `what`, then RocksDB's own.
absl::Status FromRocksStatus(const rocksdb::Status& status, std::string_view what);

}  // namespace penstock::storage
