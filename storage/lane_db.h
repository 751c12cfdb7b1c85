// LaneDb: the RocksDB of a lane with its three column families.
//
// Owns database and handles from Open to Close. Thread-safe as RocksDB is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <rocksdb/db.h>

#include "storage/lane_options.h"

namespace penstock::storage {

class LaneDb {
 public:
  // With `may_create` a database that is not there is made, else it is an error.
  // FAILED_PRECONDITION (FOREIGN_DATA), DATA_LOSS, or UNAVAILABLE (STORAGE_FAILED), each naming
  // `path`.
  static absl::StatusOr<std::unique_ptr<LaneDb>> Open(
      const std::string& path, bool may_create, const LaneOptions& options,
      std::shared_ptr<rocksdb::EventListener> listener);
  ~LaneDb();

  // Flushes, so that the next start has no log to replay, and closes. Idempotent.
  absl::Status Close();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* data() const { return handles_[kData]; }
  rocksdb::ColumnFamilyHandle* time_index() const { return handles_[kTimeIndex]; }
  rocksdb::ColumnFamilyHandle* shards() const { return handles_[kShards]; }
  const std::string& path() const { return path_; }

 private:
  // RocksDB insists on a "default" column family; nothing is in it.
  enum Family { kDefault, kData, kTimeIndex, kShards, kFamilies };

  explicit LaneDb(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace penstock::storage
