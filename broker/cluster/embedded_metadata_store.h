// EmbeddedMetadataStore: the MetadataStore of a single node, a RocksDB of its own in the data
// directory.
//
//   RocksDB key    value
//   "e" + key      checksum 8 | revision 8 | value     an entry
//   "r"            checksum 8 | revision 8             revision of the last write
//   "x"            nothing                             an erasure is not done with; else absent
//
// Numbers are little-endian. The checksum is XXH3-64 over the RocksDB key, its length, the revision
// and the value: bytes that are whole but under another key do not verify. An entry and the last
// revision are written in one synced batch. All entries are read and verified when the store is
// opened, so that damage is found at the start and not in the middle of the work.
//
// An erased entry is deleted, and then the table files are written anew without what was deleted or
// overwritten, and the log with it is dropped. It is some tens of milliseconds for the megabytes of a
// store. Where it fails or the program stops meanwhile, "x" has it done at the next erasure or start.
// LIMIT: what was in a file that the file system has removed may be on the disk until it is
// overwritten there.
//
// One mutex; a write holds it while it syncs (a third of a millisecond on a good disk). Watchers
// are called outside it, in order, by whichever writer finds nobody else calling them. After a
// failed write the store takes no more writes until it is opened again: what the disk has then is
// not known. Reads go on.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"

#include "broker/cluster/metadata_store.h"
#include "broker/cluster/metadata_watchers.h"
#include "common/mutex.h"

namespace rocksdb {
class DB;
}

namespace penstock::broker {

class EmbeddedMetadataStore final : public MetadataStore {
 public:
  struct Options {
    std::string path;
    // Where there is no store at `path`: make one, or fail with DATA_LOSS. False for a data
    // directory that has been in use: missing metadata is not empty metadata.
    bool create_if_missing = true;
  };

  // DATA_LOSS naming the key, or the path and what RocksDB says; UNAVAILABLE (STORAGE_FAILED) on an
  // I/O error.
  static absl::StatusOr<std::unique_ptr<EmbeddedMetadataStore>> Open(const Options& options);
  // Closes. All watches must be gone.
  ~EmbeddedMetadataStore() override;

  // Flushes and closes; later calls get UNAVAILABLE (SHUTTING_DOWN). Idempotent.
  absl::Status Close();

  absl::StatusOr<std::optional<MetadataEntry>> Get(std::string_view key) override;
  absl::StatusOr<std::vector<MetadataEntry>> List(std::string_view prefix) override;
  absl::StatusOr<Revision> CompareAndPut(std::string_view key, std::string_view value,
                                         Revision expected) override;
  absl::Status CompareAndDelete(std::string_view key, Revision expected) override;
  absl::Status CompareAndErase(std::string_view key, Revision expected) override;
  std::unique_ptr<MetadataWatch> Watch(std::string_view prefix, MetadataCallback callback) override;

 private:
  explicit EmbeddedMetadataStore(std::unique_ptr<rocksdb::DB> db);

  absl::Status Recover();
  absl::StatusOr<std::optional<MetadataEntry>> GetLocked(std::string_view key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<MetadataEntry>> ListLocked(std::string_view prefix)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts or, without a value, deletes, at the next revision; with `erase` marks that an erasure is
  // to be done.
  absl::StatusOr<Revision> CompareAndWrite(std::string_view key,
                                           std::optional<std::string_view> value, Revision expected,
                                           bool erase = false);
  // Drops what was deleted or overwritten from all files, and then the mark.
  absl::Status EraseHistory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // For where there is nobody who could do anything about it.
  void EraseHistoryOrWarn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  // Null when closed.
  std::unique_ptr<rocksdb::DB> db_ ABSL_GUARDED_BY(mutex_);
  Revision last_revision_ ABSL_GUARDED_BY(mutex_);
  absl::Status write_failure_ ABSL_GUARDED_BY(mutex_);
  // Has a mutex of its own, taken inside mutex_ (Enqueue) and never around it.
  MetadataWatchers watchers_;
};

}  // namespace penstock::broker
