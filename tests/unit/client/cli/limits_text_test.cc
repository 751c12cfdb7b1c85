#include "client/cli/limits_text.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

using Profile = StreamLimits::Profile;

TEST_CASE("profiles have names") {
  CHECK(ParseLimits("kinesis").value().profile == Profile::kKinesis);
  CHECK(ParseLimits("unlimited").value().profile == Profile::kUnlimited);
  CHECK(FormatLimits(StreamLimits::Kinesis()) == "kinesis");
  CHECK(FormatLimits(StreamLimits::Unlimited()) == "unlimited");
}

TEST_CASE("numbers of one's own") {
  const auto limits = ParseLimits("records=500,bytes=1MiB,burst=4MiB,read-bytes=2048,read-calls=5");
  REQUIRE(limits.ok());
  CHECK(limits->profile == Profile::kCustom);
  CHECK(limits->write_records_per_second == 500);
  CHECK(limits->write_bytes_per_second == 1 << 20);
  CHECK(limits->write_burst_bytes == 4 << 20);
  CHECK(limits->read_bytes_per_second == 2'048);
  CHECK(limits->read_calls_per_second == 5);
  CHECK(FormatLimits(*limits) == "records=500,bytes=1MiB,burst=4MiB,read-bytes=2KiB,read-calls=5");
  const auto some = ParseLimits("bytes=1000");
  REQUIRE(some.ok());
  CHECK(some->write_records_per_second == 0);
  CHECK(FormatLimits(*some) == "bytes=1000");
}

TEST_CASE("what is no limit is named") {
  for (const char* refused : {"", "fast", "records", "records=", "records=-1", "records=1KiB",
                              "bytes=1.5MiB", "bytes=1MB", "records=1,", "speed=4",
                              "bytes=99999999999GiB", "bytes=99999999999999999999"}) {
    CAPTURE(refused);
    CHECK(absl::IsInvalidArgument(ParseLimits(refused).status()));
  }
  CHECK(std::string(ParseLimits("records=1,speed=4").status().message()).find("'speed=4'") !=
        std::string::npos);
}

}  // namespace
}  // namespace penstock::cli
