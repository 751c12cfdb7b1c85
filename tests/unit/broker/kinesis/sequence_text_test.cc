#include "broker/kinesis/sequence_text.h"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

ShardKey Shard(uint64_t stream, uint32_t shard) {
  return {StreamId(stream), ShardIndex(shard)};
}

TEST_CASE("sequence text: 56 digits, which say number, stream and shard", "[kinesis]") {
  const std::string text = FormatSequenceNumber(Shard(7, 3), SequenceNumber(42));
  CHECK(text.size() == kSequenceTextDigits);
  CHECK(text.starts_with("49"));
  CHECK(text.find_first_not_of("0123456789") == std::string::npos);
  const auto placed = ParseSequenceNumber("field", text);
  REQUIRE(placed.ok());
  CHECK(*placed == PlacedSequenceNumber{Shard(7, 3), SequenceNumber(42)});
}

TEST_CASE("sequence text: the largest and the smallest of everything come back", "[kinesis]") {
  for (const uint64_t number : {uint64_t{0}, uint64_t{1}, kLargest}) {
    for (const uint64_t stream : {uint64_t{0}, kLargest}) {
      for (const uint32_t shard : {0U, std::numeric_limits<uint32_t>::max()}) {
        const PlacedSequenceNumber placed{Shard(stream, shard), SequenceNumber(number)};
        const std::string text = FormatSequenceNumber(placed.shard, placed.number);
        REQUIRE(text.size() == kSequenceTextDigits);
        CHECK(ParseSequenceNumber("field", text).value() == placed);
      }
    }
  }
}

TEST_CASE("sequence text: texts have the order of the numbers, over all shards", "[kinesis]") {
  std::string before;
  for (const uint64_t number : {uint64_t{1}, uint64_t{9}, uint64_t{10}, kLargest / 2, kLargest}) {
    // A child shard has a higher index than its parent, or, of another stream, a lower one.
    for (const uint32_t shard : {900U, 3U}) {
      const std::string text = FormatSequenceNumber(Shard(1, shard), SequenceNumber(number));
      if (shard == 900) CHECK(before < text);
      if (shard == 3) before = FormatSequenceNumber(Shard(1, 900), SequenceNumber(number));
    }
  }
}

TEST_CASE("sequence text: whatever nobody has given is refused, naming the field", "[kinesis]") {
  const std::string good = FormatSequenceNumber(Shard(7, 3), SequenceNumber(42));
  std::vector<std::string> bad = {"",
                                  "0",
                                  "42",
                                  good + "0",
                                  good.substr(1),
                                  " " + good.substr(1),
                                  std::string(kSequenceTextDigits, '9'),
                                  std::string(kSequenceTextDigits, '0')};
  // Each digit changed, and each two neighbours that differ changed for one another.
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == '9' ? '0' : static_cast<char>(changed[i] + 1);
    bad.push_back(changed);
    if (i + 1 < good.size() && good[i] != good[i + 1]) {
      std::string swapped = good;
      std::swap(swapped[i], swapped[i + 1]);
      bad.push_back(swapped);
    }
  }
  for (const std::string& text : bad) {
    INFO(text);
    const auto placed = ParseSequenceNumber("StartingSequenceNumber", text);
    REQUIRE_FALSE(placed.ok());
    CHECK(ReasonOf(placed.status()) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(placed.status()) == "StartingSequenceNumber");
  }
}

}  // namespace
}  // namespace penstock::broker
