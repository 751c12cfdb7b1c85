#include "common/ids.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"

namespace penstock {
namespace {

TEST_CASE("shard ids are written as Kinesis writes them and read back", "[ids]") {
  CHECK(FormatShardId(ShardIndex(0)) == "shardId-000000000000");
  CHECK(FormatShardId(ShardIndex(4294967295)) == "shardId-004294967295");
  const auto shard = ParseShardId("shardId-000000000042");
  REQUIRE(shard.ok());
  CHECK(*shard == ShardIndex(42));
}

TEST_CASE("what is no shard id is refused and named", "[ids]") {
  const std::string text =
      GENERATE("", "shardId-", "shardId-42", "shardid-000000000042", "shardId-00000000004x",
               "shardId-0000000000042", "shardId-004294967296", "shardId--00000000042",
               " shardId-000000000042");
  const auto shard = ParseShardId(text);
  REQUIRE_FALSE(shard.ok());
  CHECK(ReasonOf(shard.status()) == ErrorReason::kInvalidArgument);
  CHECK(std::string(shard.status().message()).find("'" + text + "'") != std::string::npos);
}

TEST_CASE("a shard is shown with its stream", "[ids]") {
  CHECK(ToString(ShardKey{StreamId(7), ShardIndex(1)}) == "7/shardId-000000000001");
}

}  // namespace
}  // namespace penstock
