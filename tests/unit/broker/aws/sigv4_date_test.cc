#include "broker/aws/sigv4_date.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr int64_t kNoon = 1'769'860'800;

TEST_CASE("the date of a request is ISO 8601 in its basic form", "[sigv4]") {
  CHECK(ParseAmzDate("20260131T120000Z") == kNoon);
  CHECK(FormatAmzDate(kNoon) == "20260131T120000Z");
  CHECK(ParseAmzDate("20240229T235959Z") == 1'709'251'199);
  CHECK(FormatAmzDate(*ParseAmzDate("00050102T030405Z")) == "00050102T030405Z");
  for (const char* const text :
       {"", "20260131", "20260131T120000", "20260131T120000z", "20260131T120000Z ",
        "2026-01-31T12:00:00Z", "20260229T120000Z", "20260131T240000Z", "20260131T126000Z",
        "20261301T120000Z", "+0260131T120000Z", "2026 131T120000Z"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseAmzDate(text));
  }
}

TEST_CASE("an HTTP date is of the one form that is to be sent", "[sigv4]") {
  CHECK(ParseHttpDate("Sat, 31 Jan 2026 12:00:00 GMT") == kNoon);
  CHECK(ParseHttpDate("Sat, 31 Jan 2026 12:00:00 -0000") == kNoon);
  for (const char* const text :
       {"", "-0000", "Sun, 31 Jan 2026 12:00:00 GMT", "Sat, 31 Jan 2026 12:00:00 +0100",
        "Sat, 31 Jan 2026 12:00:00", "31 Jan 2026 12:00:00 GMT", "Sat Jan 31 12:00:00 2026",
        "Sat, 31 Jan 2026  12:00:00 GMT", "infinite-future"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseHttpDate(text));
  }
}

}  // namespace
}  // namespace penstock::broker
