// DataDirectory: the folder that holds all a broker keeps, and the proof that it is this program's
// and nobody else's at the moment.
//
//   DIR/FORMAT     JSON: product, format_version, directory_id, lanes, initialized
//   DIR/LOCK       held with flock while a broker uses the directory
//   DIR/metadata/  the embedded metadata store
//   DIR/lane-0/    RocksDB of lane 0, ...
//
// A directory that does not exist or is empty is made; one with other things in it is refused and
// left as it is. Movable, not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace penstock::storage {

class DataDirectory {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  // Locks `path`, making and marking it first if needed. `lanes` (1 to 64) counts only when it is
  // made. FAILED_PRECONDITION: FOREIGN_DATA (not empty and without FORMAT, or FORMAT is not ours),
  // NEWER_FORMAT, DATA_DIRECTORY_IN_USE (naming the process); UNAVAILABLE (STORAGE_FAILED) where it
  // cannot be made, read, written or locked, with the system's reason.
  static absl::StatusOr<DataDirectory> Open(const std::string& path, uint32_t lanes = 1);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  // Unlocks.
  ~DataDirectory();

  const std::string& path() const { return path_; }
  // 32 lower-case hex digits, made at random with the directory.
  const std::string& directory_id() const { return directory_id_; }
  uint32_t lanes() const { return lanes_; }
  // False until MarkInitialized: the stores inside may still have to be made. Afterwards a store
  // that is missing is an error, never an empty one.
  bool initialized() const { return initialized_; }
  // To be called when all stores inside have been made. UNAVAILABLE (STORAGE_FAILED).
  absl::Status MarkInitialized();
  std::string metadata_path() const { return path_ + "/metadata"; }
  std::string lane_path(uint32_t lane) const { return path_ + "/lane-" + std::to_string(lane); }

 private:
  DataDirectory() = default;

  std::string path_;
  std::string directory_id_;
  uint32_t lanes_ = 0;
  bool initialized_ = false;
  int lock_fd_ = -1;
};

}  // namespace penstock::storage
