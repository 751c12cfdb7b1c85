// LaneHealth: whether a lane may still take records. Goes from OK to the first error, and stays
// there.
//
// After an I/O error nobody knows what the disk holds: a second fsync may say OK for pages that the
// first one threw away. So the lane stops, says why once, and waits to be opened again.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "common/log.h"
#include "common/mutex.h"

namespace penstock::storage {

class LaneHealth {
 public:
  explicit LaneHealth(std::string lane_path) : lane_path_(std::move(lane_path)) {}

  // Logs the first error; later ones are its consequences.
  void Fail(const absl::Status& error) {
    {
      MutexLock lock(mutex_);
      if (!status_.ok()) return;
      status_ = error;
    }
    LogError(
        "lane stopped: records are no longer taken, restart the broker when the disk is well again",
        {{"lane", lane_path_}, {"error", std::string(error.message())}});
  }

  absl::Status status() const {
    MutexLock lock(mutex_);
    return status_;
  }
  bool ok() const { return status().ok(); }

 private:
  const std::string lane_path_;
  // Held alone.
  mutable Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::storage
