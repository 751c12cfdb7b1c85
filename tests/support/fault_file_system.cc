#include "tests/support/fault_file_system.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock::testing {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultWritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultWritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
                    FaultFileSystem* fs)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), fs_(fs) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    if (IOStatus status = fs_->BeforeWrite(path_); !status.ok()) return status;
    if (fs_->frozen_) return IOStatus::OK();
    bytes_ += data.size();
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*info*/, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* context) override {
    if (fs_->frozen_) return IOStatus::OK();
    bytes_ = size;
    return FSWritableFileOwnerWrapper::Truncate(size, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (IOStatus status = fs_->BeforeSync(path_); !status.ok()) return status;
    if (fs_->frozen_) return IOStatus::OK();
    const uint64_t bytes = bytes_;
    IOStatus status = FSWritableFileOwnerWrapper::Sync(options, context);
    if (status.ok()) fs_->OnSynced(path_, bytes);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Sync(options, context);
  }

 private:
  const std::string path_;
  FaultFileSystem* const fs_;
  // The syncer looks while the committer writes; a look that is too early only counts less as
  // synced.
  std::atomic<uint64_t> bytes_ = 0;
};

void FaultFileSystem::FailWrites(const std::string& suffix) {
  MutexLock lock(mutex_);
  fail_writes_suffix_ = suffix;
}

void FaultFileSystem::PowerLoss() {
  MutexLock lock(mutex_);
  for (const auto& [path, bytes] : synced_bytes_) {
    std::error_code gone;
    const uint64_t size = std::filesystem::file_size(path, gone);
    if (!gone && size > bytes) std::filesystem::resize_file(path, bytes);
  }
  synced_bytes_.clear();
  frozen_ = false;
}

IOStatus FaultFileSystem::BeforeWrite(const std::string& path) const {
  MutexLock lock(mutex_);
  if (!fail_writes_suffix_.empty() && path.ends_with(fail_writes_suffix_)) {
    return IOStatus::NoSpace("injected", path);
  }
  return IOStatus::OK();
}

IOStatus FaultFileSystem::BeforeSync(const std::string& path) {
  if (!path.ends_with(".log")) return IOStatus::OK();
  if (fail_log_syncs_) return IOStatus::IOError("injected", path);
  ++log_syncs_;
  return IOStatus::OK();
}

void FaultFileSystem::OnSynced(const std::string& path, uint64_t bytes) {
  MutexLock lock(mutex_);
  synced_bytes_[path] = bytes;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& path,
                                          const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* result,
                                          IODebugContext* context) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = FileSystemWrapper::NewWritableFile(path, options, &file, context);
  if (!status.ok()) return status;
  OnSynced(path, 0);
  *result = std::make_unique<FaultWritableFile>(std::move(file), path, this);
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions& options, IODebugContext* context) {
  IOStatus status = FileSystemWrapper::RenameFile(from, to, options, context);
  MutexLock lock(mutex_);
  const auto found = synced_bytes_.find(from);
  if (status.ok() && found != synced_bytes_.end()) {
    synced_bytes_[to] = found->second;
    synced_bytes_.erase(found);
  }
  return status;
}

}  // namespace penstock::testing
