#include "client/cli/number_text.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace penstock::cli {

std::string FormatCount(uint64_t count) {
  std::string text = absl::StrCat(count);
  for (size_t place = 3; place < text.size(); place += 4) text.insert(text.size() - place, ",");
  return text;
}

std::string FormatBytes(uint64_t bytes) {
  constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 and more would be shown as 1024.0.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string FormatRate(uint64_t count, absl::Duration time) {
  if (time <= absl::ZeroDuration()) return "-";
  return FormatCount(
             static_cast<uint64_t>(static_cast<double>(count) / absl::ToDoubleSeconds(time))) +
         "/s";
}

}  // namespace penstock::cli
