#include "client/cli/line_ranges.h"

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

std::string TextOf(const std::vector<uint64_t>& lines) {
  LineRanges ranges;
  for (const uint64_t line : lines) ranges.Add(line);
  CHECK(ranges.count() == lines.size());
  return ranges.Text();
}

TEST_CASE("lines are shown as ranges") {
  CHECK(TextOf({}).empty());
  CHECK(TextOf({7}) == "7");
  CHECK(TextOf({1, 2, 3}) == "1-3");
  CHECK(TextOf({1, 3, 4, 2}) == "1-4");
  CHECK(TextOf({5, 1, 2}) == "1-2, 5");
  CHECK(TextOf({1, 3, 5, 7, 9, 11, 13, 15}) == "1, 3, 5, 7, 9, 11, 13, 15");
  CHECK(TextOf({1, 3, 5, 7, 9, 11, 13, 15, 17}) == "1, 3, 5, 7, 9, 11, 13, 15, ...");
}

TEST_CASE("any order gives the same ranges") {
  std::vector<uint64_t> lines;
  for (uint64_t line = 1; line <= 20'000; ++line) {
    if (line != 12'000) lines.push_back(line);
  }
  std::shuffle(lines.begin(), lines.end(), std::mt19937_64(1));
  CHECK(TextOf(lines) == "1-11999, 12001-20000");
}

}  // namespace
}  // namespace penstock::cli
