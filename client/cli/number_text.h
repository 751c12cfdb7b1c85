// Numbers for people: "20,000", "1.7 MiB", "47,000/s". Pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace penstock::cli {

// "20,000".
std::string FormatCount(uint64_t count);
// "512 B", "1.7 MiB": binary units, one decimal from KiB on.
std::string FormatBytes(uint64_t bytes);
// "47,120/s"; "-" where no time has passed.
std::string FormatRate(uint64_t count, absl::Duration time);

}  // namespace penstock::cli
