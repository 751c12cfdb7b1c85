#include "client/cli/time_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "client/cli/number_text.h"
#include "common/error.h"

namespace penstock::cli {
namespace {

absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
}

std::optional<absl::Duration> UnitOf(char letter) {
  switch (letter) {
    case 's':
      return absl::Seconds(1);
    case 'm':
      return absl::Minutes(1);
    case 'h':
      return absl::Hours(1);
    case 'd':
      return absl::Hours(24);
    default:
      return std::nullopt;
  }
}

// "-30m"; nothing if it is of another form.
std::optional<absl::Time> ParseRelative(std::string_view text, absl::Time now) {
  if (text.size() < 3 || text.front() != '-') return std::nullopt;
  const std::string_view digits = text.substr(1, text.size() - 2);
  const std::optional<absl::Duration> unit = UnitOf(text.back());
  int64_t count = 0;
  if (!unit.has_value() || !IsNumber(digits) || !absl::SimpleAtoi(ToAbsl(digits), &count))
    return std::nullopt;
  return now - *unit * count;
}

std::optional<absl::Time> ParseIso(std::string_view text) {
  const bool begins_with_date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  if (!begins_with_date) return std::nullopt;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d"}) {
    absl::Time time;
    if (absl::ParseTime(format, ToAbsl(text), &time, nullptr)) return time;
  }
  return std::nullopt;
}

// "at:42" with `prefix` "at:".
std::optional<uint64_t> ParseSequenceNumber(std::string_view text, std::string_view prefix) {
  uint64_t number = 0;
  if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
  const std::string_view digits = text.substr(prefix.size());
  if (!IsNumber(digits) || !absl::SimpleAtoi(ToAbsl(digits), &number)) return std::nullopt;
  return number;
}

}  // namespace

absl::StatusOr<absl::Time> ParseTimestamp(std::string_view text, absl::Time now) {
  if (const auto relative = ParseRelative(text, now)) return *relative;
  int64_t ms = 0;
  if (IsNumber(text) && absl::SimpleAtoi(ToAbsl(text), &ms)) return absl::FromUnixMillis(ms);
  if (const auto iso = ParseIso(text)) return *iso;
  return absl::InvalidArgumentError(
      absl::StrCat("'", Excerpt(text),
                   "' is no point in time: give 2026-01-31T12:00:00Z, milliseconds since 1970, or "
                   "-10s, -30m, -1h, -7d"));
}

std::string FormatTimestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Duration> ParsePeriod(std::string_view text) {
  const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
  const std::optional<absl::Duration> unit = text.empty() ? std::nullopt : UnitOf(text.back());
  int64_t count = 0;
  const bool is_period = unit.has_value() && *unit >= absl::Minutes(1) && IsNumber(digits) &&
                         absl::SimpleAtoi(ToAbsl(digits), &count);
  if (is_period) return *unit * count;
  return absl::InvalidArgumentError(
      absl::StrCat("'", Excerpt(text), "' is no length of time: give 30m, 48h or 7d"));
}

std::string FormatPeriod(absl::Duration period) {
  const auto text = [](int64_t count, const char* unit) {
    return absl::StrCat(FormatCount(static_cast<uint64_t>(count)), " ", unit,
                        count == 1 ? "" : "s");
  };
  const int64_t minutes = absl::ToInt64Minutes(period);
  if (minutes % (24 * 60) == 0 && minutes >= 2 * 24 * 60) return text(minutes / (24 * 60), "day");
  if (minutes % 60 == 0 && minutes > 0) return text(minutes / 60, "hour");
  return text(minutes, "minute");
}

std::string FormatAge(absl::Duration age) {
  const double seconds = absl::ToDoubleSeconds(age);
  if (seconds <= 0) return "0 s";
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  if (seconds < 3'600) return absl::StrFormat("%.0f min", std::floor(seconds / 60));
  if (seconds < 86'400) return absl::StrFormat("%.1f h", seconds / 3'600);
  return absl::StrFormat("%.1f d", seconds / 86'400);
}

absl::StatusOr<IteratorPosition> ParsePosition(std::string_view text, absl::Time now) {
  if (text == "trim-horizon") return IteratorPosition::TrimHorizon();
  if (text == "latest") return IteratorPosition::Latest();
  if (const auto number = ParseSequenceNumber(text, "at:"))
    return IteratorPosition::AtSequenceNumber(*number);
  if (const auto number = ParseSequenceNumber(text, "after:"))
    return IteratorPosition::AfterSequenceNumber(*number);
  const absl::StatusOr<absl::Time> time = ParseTimestamp(text, now);
  if (time.ok()) return IteratorPosition::AtTimestamp(*time);
  return absl::InvalidArgumentError(
      absl::StrCat("'", Excerpt(text),
                   "' is no place to begin: give trim-horizon, latest, at:NUMBER, after:NUMBER, "
                   "2026-01-31T12:00:00Z, "
                   "milliseconds since 1970, or -10s, -30m, -1h, -7d"));
}

}  // namespace penstock::cli
