#include "client/cli/number_text.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

TEST_CASE("counts have a comma every three digits") {
  CHECK(FormatCount(0) == "0");
  CHECK(FormatCount(999) == "999");
  CHECK(FormatCount(1'000) == "1,000");
  CHECK(FormatCount(1'234'567) == "1,234,567");
  CHECK(FormatCount(18'446'744'073'709'551'615u) == "18,446,744,073,709,551,615");
}

TEST_CASE("bytes have a unit that keeps them short") {
  CHECK(FormatBytes(0) == "0 B");
  CHECK(FormatBytes(1'023) == "1023 B");
  CHECK(FormatBytes(1'024) == "1.0 KiB");
  CHECK(FormatBytes(1'784'866) == "1.7 MiB");
  CHECK(FormatBytes((uint64_t{1} << 20) - 1) == "1.0 MiB");
  CHECK(FormatBytes(uint64_t{1} << 30) == "1.0 GiB");
  CHECK(FormatBytes(uint64_t{5000} << 40) == "5000.0 TiB");
}

TEST_CASE("a rate needs time") {
  CHECK(FormatRate(20'000, absl::Milliseconds(500)) == "40,000/s");
  CHECK(FormatRate(20'000, absl::ZeroDuration()) == "-");
}

}  // namespace
}  // namespace penstock::cli
