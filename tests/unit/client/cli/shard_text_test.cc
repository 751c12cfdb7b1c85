#include "client/cli/shard_text.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

using Kind = ShardFilter::Kind;

TEST_CASE("filters are those of the API") {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  CHECK(ParseShardFilter("from-trim-horizon", now).value().kind() == Kind::kFromTrimHorizon);
  CHECK(ParseShardFilter("at-trim-horizon", now).value().kind() == Kind::kAtTrimHorizon);
  CHECK(ParseShardFilter("at-latest", now).value().kind() == Kind::kAtLatest);
  const auto at = ParseShardFilter("at:-1h", now);
  REQUIRE(at.ok());
  CHECK(at->kind() == Kind::kAtTimestamp);
  CHECK(at->timestamp() == now - absl::Hours(1));
  CHECK(ParseShardFilter("from:5", now).value().kind() == Kind::kFromTimestamp);
  CHECK(ParseShardFilter("after:shardId-000000000007", now).value().shard_id() ==
        "shardId-000000000007");
  for (const char* refused : {"", "latest", "at:", "at:noon", "open"}) {
    CAPTURE(refused);
    CHECK(absl::IsInvalidArgument(ParseShardFilter(refused, now).status()));
  }
}

TEST_CASE("the middle of a shard is where its upper half begins") {
  const auto middle = [](const char* first, const char* last) {
    ShardDescription shard;
    shard.starting_hash_key = first;
    shard.ending_hash_key = last;
    return MiddleHashKey(shard);
  };
  CHECK(middle("0", "340282366920938463463374607431768211455").value() ==
        "170141183460469231731687303715884105728");
  CHECK(middle("10", "13").value() == "12");
  CHECK(middle("10", "12").value() == "12");
  CHECK(middle("10", "11").value() == "11");
  CHECK(absl::IsInvalidArgument(middle("10", "10").status()));
  CHECK(absl::IsInvalidArgument(middle("x", "10").status()));
}

}  // namespace
}  // namespace penstock::cli
