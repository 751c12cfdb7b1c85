#include "client/rpc/convert_streams.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::rpc {
namespace {

TEST_CASE("a shard is open until it has a last number") {
  v1::ListShardsResponse response;
  response.set_next_token("more");
  v1::Shard* const open = response.add_shards();
  open->set_shard_id("shardId-000000000001");
  open->mutable_hash_key_range()->set_starting_hash_key("0");
  open->mutable_hash_key_range()->set_ending_hash_key("99");
  open->mutable_sequence_number_range()->set_starting_sequence_number(4);
  open->set_parent_shard_id("shardId-000000000000");
  open->set_creation_timestamp_ms(1'234);
  v1::Shard* const closed = response.add_shards();
  closed->mutable_sequence_number_range()->set_ending_sequence_number(0);
  closed->set_closed_timestamp_ms(5);
  const ShardListPage page = FromResponse(response);
  CHECK(page.next_token == "more");
  REQUIRE(page.shards.size() == 2);
  CHECK(page.shards[0].is_open());
  CHECK(page.shards[0].shard_id == "shardId-000000000001");
  CHECK(page.shards[0].ending_hash_key == "99");
  CHECK(page.shards[0].starting_sequence_number == 4);
  CHECK(page.shards[0].parent_shard_id == "shardId-000000000000");
  CHECK(page.shards[0].creation_time == absl::FromUnixMillis(1'234));
  CHECK_FALSE(page.shards[0].closed_time.has_value());
  CHECK_FALSE(page.shards[1].is_open());
  CHECK(page.shards[1].closed_time == absl::FromUnixMillis(5));
}

TEST_CASE("a state that is not known is no error") {
  v1::StreamDescriptionSummary summary;
  summary.set_stream_status(static_cast<v1::StreamStatus>(77));
  CHECK(FromSummary(summary).state == StreamState::kUnknown);
  summary.set_stream_status(v1::STREAM_STATUS_ACTIVE);
  CHECK(FromSummary(summary).state == StreamState::kActive);
  CHECK(std::string(StreamStateName(StreamState::kActive)) == "ACTIVE");
}

TEST_CASE("a stream is created as asked for") {
  const auto request = ToRequest("orders", {.shard_count = 3,
                                            .retention_period = absl::Hours(49),
                                            .record_kib_max = 2'048,
                                            .mode = StreamMode::kOnDemand,
                                            .warm_throughput_mibps = 8,
                                            .limits = StreamLimits::Kinesis(),
                                            .tags = {{"team", "delivery"}, {"empty", ""}}});
  REQUIRE(request.ok());
  CHECK(request->shard_count() == 3);
  CHECK(request->retention_period_minutes() == 49 * 60);
  CHECK(request->retention_period_hours() == 0);
  CHECK(request->max_record_size_in_kib() == 2'048);
  CHECK(request->stream_mode() == v1::STREAM_MODE_ON_DEMAND);
  CHECK(request->warm_throughput_mibps() == 8);
  CHECK(request->limits().profile() == v1::LIMITS_PROFILE_KINESIS);
  REQUIRE(request->tags_size() == 2);
  CHECK(request->tags(0).key() == "team");
  CHECK(request->tags(0).value() == "delivery");
  const auto plain = ToRequest("orders", CreateStreamOptions{});
  REQUIRE(plain.ok());
  CHECK(plain->retention_period_minutes() == 0);
  CHECK(plain->stream_mode() == v1::STREAM_MODE_PROVISIONED);
  CHECK(absl::IsInvalidArgument(ToRequest("orders", {.tags = {{"\xff", ""}}}).status()));
}

TEST_CASE("a retention period is of whole minutes, one to those of 365 days") {
  CHECK(ToRetentionMinutes(absl::Minutes(1)).value() == 1);
  CHECK(ToRetentionMinutes(absl::Hours(8'760)).value() == 525'600);
  for (const absl::Duration refused :
       {absl::ZeroDuration(), absl::Seconds(90), absl::Hours(8'760) + absl::Minutes(1),
        -absl::Minutes(5), absl::InfiniteDuration()}) {
    CAPTURE(absl::FormatDuration(refused));
    CHECK(absl::IsInvalidArgument(ToRetentionMinutes(refused).status()));
  }
}

TEST_CASE("a filter is sent with what belongs to it alone, the default not at all") {
  const absl::Time time = absl::FromUnixMillis(77);
  const auto filter = [](const ShardFilter& value) {
    return ToRequest(ListShardsOptions{.stream_name = "orders", .filter = value});
  };
  CHECK_FALSE(filter({}).has_shard_filter());
  CHECK(filter(ShardFilter::AtLatest()).shard_filter().type() == v1::SHARD_FILTER_TYPE_AT_LATEST);
  CHECK(filter(ShardFilter::AtTrimHorizon()).shard_filter().type() ==
        v1::SHARD_FILTER_TYPE_AT_TRIM_HORIZON);
  CHECK_FALSE(filter(ShardFilter::AtLatest()).shard_filter().has_timestamp_ms());
  CHECK(filter(ShardFilter::AtTimestamp(time)).shard_filter().timestamp_ms() == 77);
  CHECK(filter(ShardFilter::FromTimestamp(time)).shard_filter().type() ==
        v1::SHARD_FILTER_TYPE_FROM_TIMESTAMP);
  CHECK(filter(ShardFilter::AfterShardId("shardId-000000000004")).shard_filter().shard_id() ==
        "shardId-000000000004");
}

TEST_CASE("a description has all that the broker says") {
  v1::StreamDescriptionSummary summary;
  summary.set_retention_period_hours(2);
  CHECK(FromSummary(summary).retention_period == absl::Hours(2));
  summary.set_retention_period_minutes(90);
  summary.set_stream_mode(v1::STREAM_MODE_ON_DEMAND);
  summary.mutable_warm_throughput()->set_target_mibps(9);
  summary.mutable_limits()->set_profile(v1::LIMITS_PROFILE_CUSTOM);
  summary.mutable_limits()->set_read_calls_per_second(5);
  summary.set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  summary.set_key_id("main");
  summary.set_consumer_count(2);
  summary.set_closed_shard_count(3);
  summary.add_shard_level_metrics(v1::SHARD_LEVEL_METRIC_OUTGOING_BYTES);
  summary.mutable_shard_level_metrics()->Add(99);
  summary.add_hot_shards()->set_share(0.75);
  const StreamDescription stream = FromSummary(summary);
  CHECK(stream.retention_period == absl::Minutes(90));
  CHECK(stream.mode == StreamMode::kOnDemand);
  REQUIRE(stream.warm_throughput.has_value());
  CHECK(stream.warm_throughput->target_mibps == 9);
  CHECK(stream.limits.profile == StreamLimits::Profile::kCustom);
  CHECK(stream.limits.read_calls_per_second == 5);
  CHECK(stream.encryption_type == EncryptionType::kKms);
  CHECK(stream.key_id == "main");
  CHECK(stream.consumer_count == 2);
  CHECK(stream.closed_shard_count == 3);
  CHECK(stream.shard_level_metrics ==
        std::vector{ShardLevelMetric::kOutgoingBytes, ShardLevelMetric::kUnknown});
  REQUIRE(stream.hot_shards.size() == 1);
  CHECK(stream.hot_shards[0].share == 0.75);
}

TEST_CASE("metrics go out and come back as they were") {
  google::protobuf::RepeatedField<int> sent;
  const std::vector<ShardLevelMetric> metrics = {ShardLevelMetric::kIteratorAgeMilliseconds,
                                                 ShardLevelMetric::kAll};
  REQUIRE(SetMetrics(metrics, &sent).ok());
  CHECK(FromMetrics(sent) == metrics);
  CHECK(absl::IsInvalidArgument(SetMetrics({ShardLevelMetric::kUnknown}, &sent)));
}

}  // namespace
}  // namespace penstock::rpc
