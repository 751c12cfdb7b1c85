#include "broker/limit/disk_usage.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Of st_blocks, whatever the file system's own block is (stat(2)).
constexpr uint64_t kStatBlockBytes = 512;

absl::Status Failed(const std::string& path, const std::string& why) {
  return MakeError(ErrorReason::kInternalFailure, absl::StrCat("cannot measure ", path, ": ", why));
}

// What the files take, which for RocksDB's preallocated logs is more than their length.
absl::StatusOr<uint64_t> DirectoryBytes(const std::string& directory) {
  uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(directory, error);
  if (error) return Failed(directory, error.message());
  const std::filesystem::recursive_directory_iterator end;
  while (entry != end) {
    struct stat file {};
    // Gone since it was listed: fine.
    if (::lstat(entry->path().c_str(), &file) == 0) {
      bytes += static_cast<uint64_t>(file.st_blocks) * kStatBlockBytes;
    }
    entry.increment(error);
    if (!error) continue;
    // A folder that was removed under the iterator ends it; the next measurement sees the rest.
    if (error == std::errc::no_such_file_or_directory) break;
    return Failed(directory, error.message());
  }
  return bytes;
}

}  // namespace

absl::StatusOr<DiskUsage> MeasureDisk(const std::string& directory, bool with_directory) {
  struct statvfs file_system {};
  if (::statvfs(directory.c_str(), &file_system) != 0) {
    return Failed(directory, std::generic_category().message(errno));
  }
  const uint64_t used_blocks = file_system.f_blocks - file_system.f_bfree;
  DiskUsage usage;
  usage.file_system_used_bytes = used_blocks * file_system.f_frsize;
  usage.file_system_bytes = (used_blocks + file_system.f_bavail) * file_system.f_frsize;
  if (with_directory) {
    ASSIGN_OR_RETURN(usage.directory_bytes, DirectoryBytes(directory));
  }
  return usage;
}

}  // namespace penstock::broker
