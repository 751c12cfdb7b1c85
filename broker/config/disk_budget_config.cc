#include "broker/config/disk_budget_config.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

struct Unit {
  std::string_view name;
  uint64_t bytes;
};

constexpr uint64_t kKib = 1'024;
constexpr uint64_t kKb = 1'000;
constexpr std::array<Unit, 8> kUnits = {{{"TiB", kKib* kKib* kKib* kKib},
                                         {"GiB", kKib* kKib* kKib},
                                         {"MiB", kKib* kKib},
                                         {"KiB", kKib},
                                         {"TB", kKb* kKb* kKb* kKb},
                                         {"GB", kKb* kKb* kKb},
                                         {"MB", kKb* kKb},
                                         {"KB", kKb}}};

std::optional<uint64_t> ParseNumber(std::string_view digits) {
  uint64_t value = 0;
  const bool all_digits =
      !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                     [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (!all_digits || !absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &value)) {
    return std::nullopt;
  }
  return value;
}

std::optional<uint32_t> ParsePercent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const std::optional<uint64_t> percent = ParseNumber(text.substr(0, text.size() - 1));
  if (!percent.has_value() || *percent < 1 || *percent > 100) return std::nullopt;
  return static_cast<uint32_t>(*percent);
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const std::optional<uint64_t> count =
        ParseNumber(text.substr(0, text.size() - unit.name.size()));
    if (!count.has_value() || *count > std::numeric_limits<int64_t>::max() / unit.bytes) {
      return std::nullopt;
    }
    const uint64_t bytes = *count * unit.bytes;
    if (bytes < DiskBudgetConfig::kDirectoryBytesMin) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<DiskBudgetConfig> DiskBudgetConfig::Parse(std::string_view text) {
  const auto refused = [&] {
    return MakeError(
        ErrorReason::kInvalidArgument,
        absl::StrCat("'", Excerpt(text),
                     "', not a size of at least 64MiB (500GiB), 1% to 100% of the file system, or "
                     "both with a comma between them"));
  };
  DiskBudgetConfig config;
  const size_t comma = text.find(',');
  const std::string_view first = text.substr(0, comma);
  if (comma == std::string_view::npos) {
    if (const std::optional<uint32_t> percent = ParsePercent(first)) {
      config.file_system_percent = *percent;
      return config;
    }
  }
  config.directory_bytes = ParseBytes(first);
  if (!config.directory_bytes.has_value()) return refused();
  if (comma == std::string_view::npos) return config;
  const std::optional<uint32_t> percent = ParsePercent(text.substr(comma + 1));
  if (!percent.has_value()) return refused();
  config.file_system_percent = *percent;
  return config;
}

std::string DiskBudgetConfig::ToString() const {
  std::string percent = absl::StrCat(file_system_percent, "%");
  if (!directory_bytes.has_value()) return percent;
  // The unit that takes the fewest digits; bytes alone, which Parse does not take, have none.
  const Unit* best = nullptr;
  for (const Unit& unit : kUnits) {
    if (*directory_bytes % unit.bytes != 0) continue;
    if (best == nullptr || unit.bytes > best->bytes) best = &unit;
  }
  std::string size = best == nullptr
                         ? absl::StrCat(*directory_bytes)
                         : absl::StrCat(*directory_bytes / best->bytes,
                                        absl::string_view(best->name.data(), best->name.size()));
  const bool usual = file_system_percent == DiskBudgetConfig().file_system_percent;
  return usual ? size : absl::StrCat(size, ",", percent);
}

}  // namespace penstock::broker
