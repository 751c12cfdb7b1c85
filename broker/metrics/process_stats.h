// ProcessStats: what the operating system says of this process and of the disk that its data is on.
//
// Read from /proc and statvfs when asked, which takes some tens of microseconds. What cannot be
// read is absent: not every system has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace penstock::broker {

struct ProcessStats {
  std::optional<uint64_t> resident_bytes;
  std::optional<uint64_t> virtual_bytes;
  std::optional<double> cpu_seconds;
  std::optional<uint64_t> open_fds;
  std::optional<uint64_t> max_fds;
  std::optional<uint64_t> threads;
  // Since 1970-01-01 UTC.
  std::optional<double> start_time_seconds;
  // Of the file system that the data directory is on; what only root may still use is not free.
  std::optional<uint64_t> disk_bytes;
  std::optional<uint64_t> disk_free_bytes;
};

ProcessStats ReadProcessStats(const std::string& data_dir);

}  // namespace penstock::broker
