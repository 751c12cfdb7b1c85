#include "storage/lane_db.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "storage/rocks_options.h"
#include "storage/rocks_status.h"

namespace penstock::storage {

absl::StatusOr<std::unique_ptr<LaneDb>> LaneDb::Open(
    const std::string& path, bool may_create, const LaneOptions& options,
    std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions db_options = LaneDbOptions(options);
  db_options.create_if_missing = may_create;
  db_options.create_missing_column_families = may_create;
  if (listener != nullptr) db_options.listeners.push_back(std::move(listener));
  const rocksdb::ColumnFamilyOptions index_options = IndexFamilyOptions();
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, index_options},
      {"data", DataFamilyOptions(options)},
      {"time_index", index_options},
      {"shards", index_options}};

  std::unique_ptr<LaneDb> lane(new LaneDb(path));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::Open(db_options, path, families, &lane->handles_, &db);
  // RocksDB's word for a database with families or a comparator that are not ours, or for none at
  // all.
  if (opened.IsInvalidArgument()) {
    return MakeError(
        ErrorReason::kForeignData,
        absl::StrCat("lane ", path, " is missing or not Penstock's: ", opened.ToString()));
  }
  if (!opened.ok()) return FromRocksStatus(opened, absl::StrCat("cannot open lane ", path));
  lane->db_.reset(db);
  return lane;
}

LaneDb::~LaneDb() {
  Close().IgnoreError();
}

absl::Status LaneDb::Close() {
  if (db_ == nullptr) return absl::OkStatus();
  const rocksdb::Status flushed = db_->Flush(rocksdb::FlushOptions(), handles_);
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  handles_.clear();
  const rocksdb::Status closed = db_->Close();
  db_.reset();
  return FromRocksStatus(flushed.ok() ? closed : flushed,
                         absl::StrCat("cannot close lane ", path_));
}

}  // namespace penstock::storage
