#include "client/cli/time_text.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'769'860'800'000);  // 2026-01-31T12:00:00Z

TEST_CASE("points in time") {
  const auto at = [](const char* text) { return absl::ToUnixMillis(*ParseTimestamp(text, kNow)); };
  CHECK(at("2026-01-31T12:00:00Z") == 1'769'860'800'000);
  CHECK(at("2026-01-31T12:00:00") == 1'769'860'800'000);
  CHECK(at("2026-01-31T12:00:00.250Z") == 1'769'860'800'250);
  CHECK(at("2026-01-31T13:00:00+01:00") == 1'769'860'800'000);
  CHECK(at("2026-01-31") == 1'769'817'600'000);
  CHECK(at("1769860800123") == 1'769'860'800'123);
  CHECK(at("0") == 0);
  CHECK(at("-10s") == 1'769'860'790'000);
  CHECK(at("-30m") == 1'769'859'000'000);
  CHECK(at("-1h") == 1'769'857'200'000);
  CHECK(at("-7d") == 1'769'256'000'000);
}

TEST_CASE("what is no point in time is refused, and named") {
  for (const char* text :
       {"", "yesterday", "-", "-h", "-1", "-1w", "--1h", "- 1h", "-1.5h", "1h", "+1h", "12:00",
        "2026-13-01", "2026-01-31T25:00:00Z", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00Zz",
        "99999999999999999999", "infinite-future", "now"}) {
    CAPTURE(text);
    CHECK(absl::IsInvalidArgument(ParseTimestamp(text, kNow).status()));
  }
  const std::string message(ParseTimestamp("yesterday", kNow).status().message());
  CHECK(message.find("'yesterday'") == 0);
}

TEST_CASE("times are shown in UTC with milliseconds") {
  CHECK(FormatTimestamp(absl::FromUnixMillis(1'769'860'800'007)) == "2026-01-31T12:00:00.007Z");
  CHECK(FormatTimestamp(absl::FromUnixMillis(0)) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("places to begin") {
  using Kind = IteratorPosition::Kind;
  CHECK(ParsePosition("trim-horizon", kNow)->kind() == Kind::kTrimHorizon);
  CHECK(ParsePosition("latest", kNow)->kind() == Kind::kLatest);
  const auto at = ParsePosition("at:18446744073709551615", kNow);
  REQUIRE(at.ok());
  CHECK(at->kind() == Kind::kAtSequenceNumber);
  CHECK(at->sequence_number() == 18'446'744'073'709'551'615u);
  CHECK(ParsePosition("after:7", kNow)->kind() == Kind::kAfterSequenceNumber);
  CHECK(ParsePosition("after:7", kNow)->sequence_number() == 7);
  CHECK(ParsePosition("-1h", kNow)->kind() == Kind::kAtTimestamp);
  CHECK(ParsePosition("-1h", kNow)->timestamp() == kNow - absl::Hours(1));
  for (const char* text :
       {"", "TRIM_HORIZON", "at:", "at:x", "at:-1", "at:18446744073709551616", "after", "7 "}) {
    CAPTURE(text);
    CHECK(absl::IsInvalidArgument(ParsePosition(text, kNow).status()));
  }
}

TEST_CASE("periods are of whole minutes") {
  CHECK(ParsePeriod("30m").value() == absl::Minutes(30));
  CHECK(ParsePeriod("48h").value() == absl::Hours(48));
  CHECK(ParsePeriod("7d").value() == absl::Hours(7 * 24));
  for (const char* refused :
       {"", "h", "48", "48s", "-1h", "1.5h", "1 h", "99999999999999999999h"}) {
    CAPTURE(refused);
    CHECK(absl::IsInvalidArgument(ParsePeriod(refused).status()));
  }
}

TEST_CASE("periods are shown in the largest unit that fits") {
  CHECK(FormatPeriod(absl::Minutes(1)) == "1 minute");
  CHECK(FormatPeriod(absl::Minutes(90)) == "90 minutes");
  CHECK(FormatPeriod(absl::Hours(1)) == "1 hour");
  CHECK(FormatPeriod(absl::Hours(24)) == "24 hours");
  CHECK(FormatPeriod(absl::Hours(48)) == "2 days");
  CHECK(FormatPeriod(absl::Hours(49)) == "49 hours");
}

TEST_CASE("ages are short") {
  CHECK(FormatAge(absl::ZeroDuration()) == "0 s");
  CHECK(FormatAge(absl::Milliseconds(1'500)) == "1.5 s");
  CHECK(FormatAge(absl::Seconds(125)) == "2 min");
  CHECK(FormatAge(absl::Minutes(90)) == "1.5 h");
  CHECK(FormatAge(absl::Hours(36)) == "1.5 d");
}

}  // namespace
}  // namespace penstock::cli
