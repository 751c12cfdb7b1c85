#include "broker/http/http_date.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace penstock::broker {
namespace {

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct MadeDate {
  std::time_t at = -1;
  std::array<char, 64> text = {};
  size_t length = 0;
};

}  // namespace

std::string_view HttpDateNow() {
  thread_local MadeDate made;
  const std::time_t now = std::time(nullptr);
  if (now != made.at) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    const int length =
        std::snprintf(made.text.data(), made.text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      kDays[static_cast<size_t>(utc.tm_wday)], utc.tm_mday,
                      kMonths[static_cast<size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                      utc.tm_min, utc.tm_sec);
    made.length = static_cast<size_t>(length);
    made.at = now;
  }
  return {made.text.data(), made.length};
}

}  // namespace penstock::broker
