// MeasureDisk: how full the disk under the data directory is.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace penstock::broker {

struct DiskUsage {
  // As df counts: what others have stored counts too, what is reserved for the superuser does not.
  uint64_t file_system_used_bytes = 0;
  uint64_t file_system_bytes = 0;
  // What the directory's files take on the disk; 0 if it was not asked for.
  uint64_t directory_bytes = 0;
};

// Blocks on the disk: one call, and one a file of the directory if `with_directory`. Files that come
// and go meanwhile are counted or not. INTERNAL_FAILURE naming the path.
absl::StatusOr<DiskUsage> MeasureDisk(const std::string& directory, bool with_directory);

}  // namespace penstock::broker
