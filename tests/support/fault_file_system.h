// FaultFileSystem: a file system for RocksDB that loses power and whose disk fails when a test says
// so.
//
// Remembers how much of each file was synced. PowerLoss cuts every file back to that: what a
// machine may find after the plug was pulled. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "common/mutex.h"

namespace penstock::testing {

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "PenstockFaultFileSystem"; }
  const char* Name() const override { return kClassName(); }

  // From here on each sync of a write-ahead log fails with EIO, and nothing more counts as synced.
  void FailLogSyncs() { fail_log_syncs_ = true; }
  // From here on each write to a file whose name ends in `suffix` fails as on a full disk.
  void FailWrites(const std::string& suffix);
  // From here on no file changes any more: writes and syncs are taken and thrown away.
  void Freeze() { frozen_ = true; }
  // After Freeze and after the database was closed: takes from every file what was not synced, and
  // lets it live again.
  void PowerLoss();

  // Syncs of write-ahead logs that were carried out.
  uint64_t log_syncs() const { return log_syncs_; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* context) override;

 private:
  friend class FaultWritableFile;

  rocksdb::IOStatus BeforeWrite(const std::string& path) const;
  rocksdb::IOStatus BeforeSync(const std::string& path);
  void OnSynced(const std::string& path, uint64_t bytes);

  // Sequentially consistent: a test sets them while RocksDB's threads look.
  std::atomic<bool> fail_log_syncs_ = false;
  std::atomic<bool> frozen_ = false;
  std::atomic<uint64_t> log_syncs_ = 0;
  // Held alone.
  mutable Mutex mutex_;
  std::string fail_writes_suffix_ ABSL_GUARDED_BY(mutex_);
  // Bytes of each file written since the start that are synced.
  std::map<std::string, uint64_t> synced_bytes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::testing
