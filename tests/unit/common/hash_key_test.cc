#include "common/hash_key.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace penstock {
namespace {

// From the MD5 of RFC 1321's test suite, read as a number.
TEST_CASE("the hash key of a partition key is its MD5 as a big-endian number", "[hash_key]") {
  CHECK(HashKey::FromPartitionKey("a").ToDecimal() == "16955237001963240173058271559858726497");
  CHECK(HashKey::FromPartitionKey("message digest").ToDecimal() ==
        "331535486309434048055371704012530344400");
  CHECK(HashKey::FromPartitionKey("").ToBytes() ==
        std::string("\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e", 16));
}

TEST_CASE("a decimal hash key is read and written without loss", "[hash_key]") {
  const std::string decimal =
      GENERATE("0", "1", "9", "10", "340282366920938463463374607431768211454",
               "340282366920938463463374607431768211455");
  const auto key = HashKey::FromDecimal(decimal);
  REQUIRE(key.ok());
  CHECK(key->ToDecimal() == decimal);
  CHECK(HashKey::FromBytes(key->ToBytes()) == *key);
}

TEST_CASE("what is no decimal number of 128 bits is refused and named", "[hash_key]") {
  const std::string text =
      GENERATE("", "-1", "+1", " 1", "1 ", "01", "00", "0x1", "1.0", "a",
               "340282366920938463463374607431768211456", "999999999999999999999999999999999999999",
               "3402823669209384634633746074317682114550");
  const auto key = HashKey::FromDecimal(text);
  REQUIRE_FALSE(key.ok());
  CHECK(key.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(key.status().message()).find("'" + text + "'") != std::string::npos);
}

TEST_CASE("uniform ranges tile all hash keys as Kinesis divides them", "[hash_key]") {
  const uint32_t count = GENERATE(1U, 2U, 3U, 4U, 7U, 1000U, 10000U);
  const std::vector<HashKeyRange> ranges = UniformRanges(count);
  REQUIRE(ranges.size() == count);
  CHECK(ranges.front().first == HashKey());
  CHECK(ranges.back().last == HashKey::Max());
  for (size_t i = 1; i < ranges.size(); ++i) {
    REQUIRE(ranges[i].first.value() == ranges[i - 1].last.value() + 1);
    REQUIRE(ranges[i].first.value() == ranges[1].first.value() * i);
  }
}

TEST_CASE("the width of a uniform range is floor(2^128 / count)", "[hash_key]") {
  CHECK(UniformRanges(2)[1].first.ToDecimal() == "170141183460469231731687303715884105728");
  CHECK(UniformRanges(3)[1].first.ToDecimal() == "113427455640312821154458202477256070485");
  CHECK(UniformRanges(4)[3].first.ToDecimal() == "255211775190703847597530955573826158592");
}

}  // namespace
}  // namespace penstock
