#include "common/record.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"

namespace penstock {
namespace {

constexpr size_t kLimit = 1024;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST_CASE("a partition key has 1 to 256 characters, not bytes", "[record]") {
  std::string wide;
  for (int i = 0; i < 256; ++i) wide += "\xf0\x9f\x9b\xab";
  CHECK(ValidateRecord({"data", "k", ""}, kLimit).ok());
  CHECK(ValidateRecord({"", std::string(256, 'k'), ""}, kLimit).ok());
  CHECK(ValidateRecord({"", wide, ""}, kLimit).ok());

  const absl::Status empty = ValidateRecord({"data", "", ""}, kLimit);
  CHECK(Message(empty) == "partition_key is empty; it must have 1 to 256 characters");
  const absl::Status overlong = ValidateRecord({"data", std::string(257, 'k'), ""}, kLimit);
  CHECK(Message(overlong) == "partition_key has 257 characters, more than 256");
  CHECK_FALSE(ValidateRecord({"", wide + "k", ""}, kLimit * 2).ok());
}

TEST_CASE("a partition key is UTF-8", "[record]") {
  const std::string key = GENERATE("\xff", "abc\xc3", "\xed\xa0\x80", "\xc0\xaf");
  const absl::Status status = ValidateRecord({"data", key, ""}, kLimit);
  REQUIRE_FALSE(status.ok());
  CHECK(ReasonOf(status) == ErrorReason::kInvalidArgument);
  CHECK(Message(status).find("not UTF-8") != std::string::npos);
}

TEST_CASE("data and partition key together are held against the limit", "[record]") {
  CHECK(ValidateRecord({std::string(kLimit - 2, 'd'), "k", ""}, kLimit).ok());
  CHECK(ValidateRecord({std::string(kLimit - 1, 'd'), "k", ""}, kLimit).ok());
  const absl::Status status = ValidateRecord({std::string(kLimit, 'd'), "k", ""}, kLimit);
  CHECK(Message(status) ==
        "record has 1025 bytes of data and partition key, more than the stream's limit of 1024");
}

TEST_CASE("an explicit hash key decides instead of the partition key", "[record]") {
  CHECK(*HashKeyOf({"", "a", "42"}) == HashKey(42));
  CHECK(*HashKeyOf({"", "a", ""}) == HashKey::FromPartitionKey("a"));
  CHECK_FALSE(HashKeyOf({"", "a", "x"}).ok());
}

}  // namespace
}  // namespace penstock
