#include "client/cli/limits_text.h"

#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "common/error.h"

namespace penstock::cli {
namespace {

struct Part {
  std::string_view name;
  uint64_t StreamLimits::*number;
  bool is_bytes;
};

constexpr std::array kParts = {
    Part{"records", &StreamLimits::write_records_per_second, false},
    Part{"bytes", &StreamLimits::write_bytes_per_second, true},
    Part{"burst", &StreamLimits::write_burst_bytes, true},
    Part{"read-bytes", &StreamLimits::read_bytes_per_second, true},
    Part{"read-calls", &StreamLimits::read_calls_per_second, false},
};

struct Unit {
  std::string_view name;
  uint64_t bytes;
};
// The largest first.
constexpr std::array kUnits = {Unit{"GiB", uint64_t{1} << 30}, Unit{"MiB", uint64_t{1} << 20},
                               Unit{"KiB", uint64_t{1} << 10}};

std::optional<uint64_t> ParseNumber(std::string_view text, bool is_bytes) {
  uint64_t factor = 1;
  for (const Unit& unit : kUnits) {
    if (!is_bytes || !text.ends_with(unit.name)) continue;
    factor = unit.bytes;
    text.remove_suffix(unit.name.size());
    break;
  }
  const bool is_number =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  uint64_t number = 0;
  if (!is_number || !absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &number) ||
      number > std::numeric_limits<uint64_t>::max() / factor)
    return std::nullopt;
  return number * factor;
}

std::string FormatNumber(uint64_t number, bool is_bytes) {
  for (const Unit& unit : kUnits) {
    if (is_bytes && number > 0 && number % unit.bytes == 0)
      return absl::StrCat(number / unit.bytes,
                          absl::string_view(unit.name.data(), unit.name.size()));
  }
  return absl::StrCat(number);
}

absl::Status ParsePart(const std::string& text, StreamLimits* limits) {
  const size_t equals = text.find('=');
  for (const Part& part : kParts) {
    if (equals == std::string::npos || text.substr(0, equals) != part.name) continue;
    const std::optional<uint64_t> number =
        ParseNumber(std::string_view(text).substr(equals + 1), part.is_bytes);
    if (!number.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", Excerpt(text), "': give a whole number",
                       part.is_bytes ? " of bytes, or one with KiB, MiB or GiB" : ""));
    }
    limits->*part.number = *number;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", Excerpt(text),
                   "' is no limit: give kinesis, unlimited, or any of records=, bytes=, burst=, "
                   "read-bytes= and read-calls= with commas between"));
}

}  // namespace

absl::StatusOr<StreamLimits> ParseLimits(std::string_view text) {
  if (text == "kinesis") return StreamLimits::Kinesis();
  if (text == "unlimited") return StreamLimits::Unlimited();
  StreamLimits limits;
  limits.profile = StreamLimits::Profile::kCustom;
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(text.data(), text.size()), ',');
  for (const std::string& part : parts) {
    if (absl::Status parsed = ParsePart(part, &limits); !parsed.ok()) return parsed;
  }
  return limits;
}

std::string FormatLimits(const StreamLimits& limits) {
  if (limits.profile == StreamLimits::Profile::kKinesis) return "kinesis";
  if (limits.profile == StreamLimits::Profile::kUnlimited) return "unlimited";
  std::vector<std::string> parts;
  for (const Part& part : kParts) {
    const uint64_t number = limits.*part.number;
    if (number > 0)
      parts.push_back(std::string(part.name) + "=" + FormatNumber(number, part.is_bytes));
  }
  return parts.empty() ? "unlimited" : absl::StrJoin(parts, ",");
}

}  // namespace penstock::cli
