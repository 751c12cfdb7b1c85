// DiskBudgetConfig: how full the disk may be before puts are refused, as it is written in a setting.
//
//   95%            of the file system of the data directory, whoever fills it
//   500GiB         of the data directory's own files; the file system's 95 % hold beside it
//   500GiB,99%     both
//
// Sizes are whole numbers with KiB, MiB, GiB or TiB, or KB, MB, GB or TB (powers of 1,000). A plain
// value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace penstock::broker {

struct DiskBudgetConfig {
  // Less would stop nothing from filling the disk by the next measurement.
  static constexpr uint64_t kDirectoryBytesMin = uint64_t{64} << 20;

  // 1 to 100.
  uint32_t file_system_percent = 95;
  // Absent: the directory's own size does not count.
  std::optional<uint64_t> directory_bytes;

  // INVALID_ARGUMENT with a text to put behind "is": "'95', not a size ...".
  static absl::StatusOr<DiskBudgetConfig> Parse(std::string_view text);
  // What Parse takes.
  std::string ToString() const;

  friend bool operator==(const DiskBudgetConfig&, const DiskBudgetConfig&) = default;
};

}  // namespace penstock::broker
