// ReadConfigFile: the settings in a TOML file, as texts, with their lines.
//
// The file is flat: `data_dir = "/var/lib/penstock"`. Integer settings must be integers, all others
// strings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/config/settings.h"

namespace penstock::broker {

inline constexpr size_t kConfigFileBytesMax = 1 << 20;

struct ConfigFileValue {
  const Setting* setting;
  std::string text;
  // From 1.
  uint32_t line = 0;
};

// In order of line. INVALID_ARGUMENT naming the file, and the line where there is one: not
// readable, longer than kConfigFileBytesMax, not TOML, an unknown key or table, a wrong type.
// Ranges are not checked.
absl::StatusOr<std::vector<ConfigFileValue>> ReadConfigFile(const std::string& path);

}  // namespace penstock::broker
