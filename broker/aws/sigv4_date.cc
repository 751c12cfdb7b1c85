#include "broker/aws/sigv4_date.h"

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace penstock::broker {
namespace {

constexpr absl::string_view kAmzFormat = "%E4Y%m%dT%H%M%SZ";
constexpr absl::string_view kHttpFormat = "%a, %d %b %Y %H:%M:%S GMT";
constexpr size_t kHttpDateBytes = 29;
constexpr std::string_view kGmt = "GMT";
constexpr std::string_view kNoZone = "-0000";

// The number in `text`, which is digits alone; -1 if it is not.
int NumberIn(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    number = 10 * number + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<int64_t> ParseAmzDate(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const int year = NumberIn(text.substr(0, 4));
  const int month = NumberIn(text.substr(4, 2));
  const int day = NumberIn(text.substr(6, 2));
  const int hour = NumberIn(text.substr(9, 2));
  const int minute = NumberIn(text.substr(11, 2));
  const int second = NumberIn(text.substr(13, 2));
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // A civil second makes a valid one of what is not: the 30th of February.
  const bool is_valid = year >= 0 && civil.year() == year && civil.month() == month &&
                        civil.day() == day && civil.hour() == hour && civil.minute() == minute &&
                        civil.second() == second;
  if (!is_valid) return std::nullopt;
  return absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone()));
}

std::optional<int64_t> ParseHttpDate(std::string_view given) {
  std::string text(given);
  if (text.size() > kNoZone.size() && given.substr(text.size() - kNoZone.size()) == kNoZone) {
    text.replace(text.size() - kNoZone.size(), kNoZone.size(), kGmt);
  }
  absl::Time time;
  // The length: the parser knows words for times without end.
  if (text.size() != kHttpDateBytes || !absl::ParseTime(kHttpFormat, text, &time, nullptr)) {
    return std::nullopt;
  }
  // The parser takes blanks and one-digit days, and does not look at the weekday.
  const std::string back = absl::FormatTime(kHttpFormat, time, absl::UTCTimeZone());
  if (back != text) return std::nullopt;
  return absl::ToUnixSeconds(time);
}

std::string FormatAmzDate(int64_t seconds) {
  return absl::FormatTime(kAmzFormat, absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

}  // namespace penstock::broker
