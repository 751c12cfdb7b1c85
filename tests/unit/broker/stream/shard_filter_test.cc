#include "broker/stream/shard_filter.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr int64_t kCreatedMs = 1'700'000'000'000;
constexpr int64_t kHourMs = 3'600'000;

StreamConfig Config() {
  StreamConfig config;
  config.name = "orders";
  config.creation_timestamp_ms = kCreatedMs;
  return config;
}

ShardInfo Shard(int64_t created_ms, std::optional<int64_t> closed_ms) {
  ShardInfo shard;
  shard.creation_timestamp_ms = created_ms;
  shard.closed_timestamp_ms = closed_ms;
  if (closed_ms) shard.ending_sequence_number = SequenceNumber(5);
  return shard;
}

ShardFilterSpec Spec(ShardFilterType type, std::optional<int64_t> timestamp_ms = std::nullopt) {
  ShardFilterSpec spec;
  spec.type = type;
  spec.timestamp_ms = timestamp_ms;
  return spec;
}

struct Given {
  ShardFilterType type;
  std::optional<int64_t> after_creation_ms;
  // Of the parent, which was open for an hour, and of its child, open since.
  bool parent;
  bool child;
};

TEST_CASE("a filter gives the shards of its moment", "[shard_filter]") {
  const ShardInfo parent = Shard(kCreatedMs, kCreatedMs + kHourMs);
  const ShardInfo child = Shard(kCreatedMs + kHourMs, std::nullopt);
  using enum ShardFilterType;
  const std::vector<Given> young = {
      {kUnspecified, std::nullopt, true, true},
      {kAfterShardId, std::nullopt, true, true},
      {kFromTrimHorizon, std::nullopt, true, true},
      {kAtTrimHorizon, std::nullopt, true, false},
      {kAtLatest, std::nullopt, false, true},
      {kAtTimestamp, -1, true, false},
      {kAtTimestamp, 0, true, false},
      {kAtTimestamp, kHourMs - 1, true, false},
      {kAtTimestamp, kHourMs, true, true},
      {kAtTimestamp, kHourMs + 1, false, true},
      {kFromTimestamp, 0, true, true},
      {kFromTimestamp, kHourMs, true, true},
      {kFromTimestamp, kHourMs + 1, false, true},
  };
  for (const Given& given : young) {
    CAPTURE(static_cast<int>(given.type), given.after_creation_ms.value_or(0));
    std::optional<int64_t> timestamp_ms;
    if (given.after_creation_ms) timestamp_ms = kCreatedMs + *given.after_creation_ms;
    const ShardFilter filter =
        ResolveShardFilter(Spec(given.type, timestamp_ms), Config(), kCreatedMs + 2 * kHourMs);
    CHECK(filter.Matches(parent) == given.parent);
    CHECK(filter.Matches(child) == given.child);
  }
}

TEST_CASE("a shard expires when the retention period is over", "[shard_filter]") {
  const ShardInfo parent = Shard(kCreatedMs, kCreatedMs + kHourMs);
  const int64_t last_ms = kCreatedMs + 25 * kHourMs;
  CHECK_FALSE(HasExpired(Config(), parent, last_ms));
  CHECK(HasExpired(Config(), parent, last_ms + 1));
  CHECK_FALSE(HasExpired(Config(), Shard(kCreatedMs, std::nullopt), last_ms + 1));
  CHECK(ResolveShardFilter({}, Config(), last_ms).Matches(parent));
  CHECK_FALSE(ResolveShardFilter({}, Config(), last_ms + 1).Matches(parent));
  // Moments before the trim horizon stand for it.
  const ShardFilter filter =
      ResolveShardFilter(Spec(ShardFilterType::kAtTimestamp, kCreatedMs), Config(), last_ms + 1);
  CHECK_FALSE(filter.Matches(parent));
}

TEST_CASE("a filter takes just the argument it needs", "[shard_filter]") {
  using enum ShardFilterType;
  const auto field = [](ShardFilterType type, const std::string& shard_id,
                        std::optional<int64_t> timestamp_ms) {
    const absl::Status checked = CheckShardFilter({type, shard_id, timestamp_ms}, kCreatedMs);
    if (checked.ok()) return std::string("ok");
    CHECK(ReasonOf(checked) == ErrorReason::kInvalidArgument);
    return FieldOf(checked);
  };
  const std::string id = "shardId-000000000001";
  CHECK(field(kUnspecified, "", std::nullopt) == "shard_filter.type");
  CHECK(field(static_cast<ShardFilterType>(7), "", std::nullopt) == "shard_filter.type");
  CHECK(field(kAfterShardId, id, std::nullopt) == "ok");
  CHECK(field(kAfterShardId, "", std::nullopt) == "shard_filter.shard_id");
  CHECK(field(kAfterShardId, "x", std::nullopt) == "shard_filter.shard_id");
  CHECK(field(kAfterShardId, id, kCreatedMs) == "shard_filter.timestamp_ms");
  for (const ShardFilterType type : {kAtTrimHorizon, kFromTrimHorizon, kAtLatest}) {
    CHECK(field(type, "", std::nullopt) == "ok");
    CHECK(field(type, id, std::nullopt) == "shard_filter.shard_id");
    CHECK(field(type, "", kCreatedMs) == "shard_filter.timestamp_ms");
  }
  for (const ShardFilterType type : {kAtTimestamp, kFromTimestamp}) {
    CHECK(field(type, "", 0) == "ok");
    CHECK(field(type, "", kCreatedMs) == "ok");
    CHECK(field(type, "", kCreatedMs + 1) == "shard_filter.timestamp_ms");
    CHECK(field(type, "", -1) == "shard_filter.timestamp_ms");
    CHECK(field(type, "", std::nullopt) == "shard_filter.timestamp_ms");
    CHECK(field(type, id, kCreatedMs) == "shard_filter.shard_id");
  }
}

}  // namespace
}  // namespace penstock::broker
