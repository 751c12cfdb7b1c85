#include "broker/stream/reshard_requests.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr int64_t kDayMs = 86'400'000;

StreamConfig Config(uint32_t shards) {
  StreamConfig config;
  config.id = StreamId(1);
  config.name = "orders";
  config.status = StreamStatus::kActive;
  config.next_shard_index = ShardIndex(shards);
  return config;
}

StreamSnapshot Stream(StreamConfig config) {
  std::vector<ShardInfo> infos;
  for (const HashKeyRange& range : UniformRanges(config.next_shard_index.value())) {
    ShardInfo info;
    info.index = ShardIndex(static_cast<uint32_t>(infos.size()));
    info.hash_keys = range;
    infos.push_back(info);
  }
  return StreamSnapshot(std::move(config), std::move(infos));
}

std::string Decimal(const HashKey& key, int64_t off = 0) {
  return HashKey(key.value() + static_cast<Uint128>(off)).ToDecimal();
}

TEST_CASE("a shard is split strictly inside its hash keys", "[reshard]") {
  const StreamSnapshot stream = Stream(Config(2));
  const HashKeyRange range = stream.shards()[1].hash_keys;
  const auto split = [&](const std::string& key) {
    return PlanSplitShard(stream, {"orders", "shardId-000000000001", key});
  };
  for (const int64_t off : {-1, 0, 1}) {
    const absl::Status refused = split(Decimal(range.first, off)).status();
    CHECK(ReasonOf(refused) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(refused) == "new_starting_hash_key");
    CHECK_THAT(
        std::string(refused.message()),
        ContainsSubstring("is not both greater than one plus the shard's starting hash key"));
  }
  CHECK(split(Decimal(range.first, 2)).ok());
  CHECK(split(Decimal(range.last, -1)).ok());
  CHECK(FieldOf(split(Decimal(range.last)).status()) == "new_starting_hash_key");

  for (const char* key : {"", "-1", "01", "340282366920938463463374607431768211456", "x"}) {
    CHECK(FieldOf(split(key).status()) == "new_starting_hash_key");
  }
  CHECK(FieldOf(PlanSplitShard(stream, {"orders", "shard-1", "5"}).status()) == "shard_to_split");
  CHECK(ReasonOf(PlanSplitShard(stream, {"orders", "shardId-000000000002", "5"}).status()) ==
        ErrorReason::kShardNotFound);
}

TEST_CASE("only neighbours are merged", "[reshard]") {
  const StreamSnapshot stream = Stream(Config(3));
  const auto merge = [&](const std::string& a, const std::string& b) {
    return PlanMergeShards(stream, {"orders", a, b});
  };
  CHECK(merge("shardId-000000000000", "shardId-000000000001").ok());
  CHECK(merge("shardId-000000000002", "shardId-000000000001").ok());
  const absl::Status apart = merge("shardId-000000000000", "shardId-000000000002").status();
  CHECK(ReasonOf(apart) == ErrorReason::kInvalidArgument);
  CHECK_THAT(std::string(apart.message()),
             ContainsSubstring("are not an adjacent pair of shards eligible for merging"));
  CHECK(FieldOf(merge("", "shardId-000000000001").status()) == "shard_to_merge");
  CHECK(FieldOf(merge("shardId-000000000001", "x").status()) == "adjacent_shard_to_merge");
  CHECK(ReasonOf(merge("shardId-000000000000", "shardId-000000000003").status()) ==
        ErrorReason::kShardNotFound);
}

TEST_CASE("a shard count is of 1 to 10,000", "[reshard]") {
  const StreamSnapshot stream = Stream(Config(2));
  for (const uint32_t count : {0u, kShardsPerStreamMax + 1}) {
    CHECK(FieldOf(PlanUpdateShardCount(stream, {"orders", count}, kNowMs).status()) ==
          "target_shard_count");
  }
  for (const uint32_t count : {1u, kShardsPerStreamMax}) {
    CHECK(PlanUpdateShardCount(stream, {"orders", count}, kNowMs)->target_shard_count == count);
  }
  CHECK(PlanUpdateShardCount(stream, {"orders", 2}, kNowMs)->children.empty());
}

TEST_CASE("the Kinesis limits: from half to twice, ten times a day", "[reshard]") {
  StreamConfig config = Config(5);
  config.limits = StreamLimits::Kinesis();
  const auto reason = [&](uint32_t target) {
    const auto plan = PlanUpdateShardCount(Stream(config), {"orders", target}, kNowMs);
    return plan.ok() ? std::nullopt : std::optional(ReasonOf(plan.status()));
  };
  CHECK(reason(2) == ErrorReason::kLimitExceeded);
  CHECK(reason(3) == std::nullopt);
  CHECK(reason(10) == std::nullopt);
  CHECK(reason(11) == ErrorReason::kLimitExceeded);

  config.changes.assign(9, {CountedChange::kShardCount, kNowMs - kDayMs + 1});
  config.changes.push_back({CountedChange::kMode, kNowMs});
  config.changes.push_back({CountedChange::kShardCount, kNowMs - kDayMs});
  CHECK(reason(6) == std::nullopt);
  config.changes.push_back({CountedChange::kShardCount, kNowMs});
  CHECK(reason(6) == ErrorReason::kLimitExceeded);

  // Those of the day before are forgotten, this one is noted; other limits count nothing.
  config.changes.pop_back();
  const StreamSnapshot stream = Stream(config);
  const auto plan = PlanUpdateShardCount(stream, {"orders", 6}, kNowMs);
  const auto begun = BeginReshard(stream, *plan, kNowMs);
  const std::vector<ChangeRecord>& changes = begun->config().changes;
  CHECK(changes.size() == 11);
  CHECK(changes.back().change == CountedChange::kShardCount);
  CHECK(changes.back().timestamp_ms == kNowMs);
  config.limits = {};
  config.changes.assign(10, {CountedChange::kShardCount, kNowMs});
  CHECK(reason(6) == std::nullopt);
  CHECK(BeginReshard(Stream(config), *plan, kNowMs)->config().changes.size() == 10);
}

TEST_CASE("a stream is resharded while it is ACTIVE and provisioned", "[reshard]") {
  StreamConfig config = Config(2);
  config.mode = StreamMode::kOnDemand;
  const auto check = [&](ErrorReason reason) {
    const StreamSnapshot stream = Stream(config);
    CHECK(ReasonOf(PlanSplitShard(stream, {"orders", "shardId-000000000000", "5"}).status()) ==
          reason);
    CHECK(
        ReasonOf(PlanMergeShards(stream, {"orders", "shardId-000000000000", "shardId-000000000001"})
                     .status()) == reason);
    CHECK(ReasonOf(PlanUpdateShardCount(stream, {"orders", 4}, kNowMs).status()) == reason);
  };
  check(ErrorReason::kWrongStreamMode);
  for (const StreamStatus status :
       {StreamStatus::kCreating, StreamStatus::kUpdating, StreamStatus::kDeleting}) {
    config.status = status;
    check(ErrorReason::kStreamNotActive);
  }
}

}  // namespace
}  // namespace penstock::broker
