#include "storage/space_reclaimer.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::storage {
namespace {

std::vector<std::pair<std::string, std::string>> Merged(std::vector<ReclaimRange> ranges) {
  std::vector<std::pair<std::string, std::string>> merged;
  for (const ReclaimRange& range : MergeRanges(std::move(ranges)))
    merged.emplace_back(range.begin, range.end);
  return merged;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("ranges that touch or overlap become one", "[space_reclaimer]") {
  CHECK(Merged({}).empty());
  CHECK(Merged({{"a", "b"}}) == Pairs{{"a", "b"}});
  CHECK(Merged({{"c", "d"}, {"a", "b"}}) == Pairs{{"a", "b"}, {"c", "d"}});
  CHECK(Merged({{"b", "c"}, {"a", "b"}, {"c", "d"}}) == Pairs{{"a", "d"}});
  CHECK(Merged({{"a", "z"}, {"b", "c"}, {"zz", "zzz"}}) == Pairs{{"a", "z"}, {"zz", "zzz"}});
}

}  // namespace
}  // namespace penstock::storage
