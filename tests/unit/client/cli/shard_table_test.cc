#include "client/cli/shard_table.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

constexpr char kMiddle[] = "170141183460469231731687303715884105728";
constexpr char kBelowMiddle[] = "170141183460469231731687303715884105727";
constexpr char kMax[] = "340282366920938463463374607431768211455";

ShardDescription Shard(const std::string& id, const std::string& first, const std::string& last) {
  ShardDescription shard;
  shard.shard_id = id;
  shard.starting_hash_key = first;
  shard.ending_hash_key = last;
  shard.starting_sequence_number = 1;
  return shard;
}

std::vector<ShardDescription> AfterASplit() {
  std::vector<ShardDescription> shards = {Shard("shardId-000000000000", "0", kMax),
                                          Shard("shardId-000000000001", "0", kBelowMiddle),
                                          Shard("shardId-000000000002", kMiddle, kMax)};
  shards[0].ending_sequence_number = 52;
  shards[1].parent_shard_id = shards[2].parent_shard_id = "shardId-000000000000";
  return shards;
}

TEST_CASE("bars show where shards lie, and fill the terminal") {
  CHECK(
      ShardBars(AfterASplit(), 90) ==
      "SHARD                 STATE   HASH KEYS                   SHARE  SEQUENCE NUMBERS  PARENTS\n"
      "shardId-000000000000  closed  [########################]   100%  1-52              \n"
      "shardId-000000000001  open    [############............]    50%  1-                0\n"
      "shardId-000000000002  open    [............############]    50%  1-                0\n");
}

TEST_CASE("bars have a least and a largest width") {
  const auto bar = [](size_t columns) {
    const std::string text = ShardBars(AfterASplit(), columns);
    return text.find(']') - text.find('[') + 1;
  };
  CHECK(bar(1) == 10);
  CHECK(bar(1'000) == 66);
  CHECK(bar(101) - bar(100) == 1);
}

TEST_CASE("the smallest of shards has a mark, and a merged one two parents") {
  std::vector<ShardDescription> shards = {Shard("shardId-000000000007", kMax, kMax)};
  shards[0].parent_shard_id = "shardId-000000000003";
  shards[0].adjacent_parent_shard_id = "shardId-000000000004";
  const std::string text = ShardBars(shards, 80);
  CHECK(text.find(".#]  0.00%") != std::string::npos);
  CHECK(text.find("3 4\n") != std::string::npos);
}

TEST_CASE("hash keys that are none leave the bar out") {
  CHECK(ShardBars({Shard("shardId-000000000000", "x", kMax)}, 80).find('#') == std::string::npos);
  CHECK(ShardBars({Shard("shardId-000000000000", kMax, "0")}, 80).find('#') == std::string::npos);
}

TEST_CASE("the table has everything") {
  const std::string text = ShardTable(AfterASplit());
  CHECK(text.find(kMiddle) != std::string::npos);
  CHECK(text.find("1-52") != std::string::npos);
  CHECK(text.find("shardId-000000000000\n") != std::string::npos);
}

}  // namespace
}  // namespace penstock::cli
