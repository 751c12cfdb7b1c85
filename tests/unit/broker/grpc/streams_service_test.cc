#include "broker/grpc/streams_service.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "broker/grpc/grpc_server.h"
#include "tests/support/settings_fixture.h"
#include "tests/unit/broker/grpc/status_details.h"

namespace penstock::broker {
namespace {

using Stub = v1::Streams::Stub;

class StreamsServiceFixture : public testing::SettingsFixture {
 protected:
  StreamsServiceFixture()
      : settings_(settings()), service_(*catalog_, settings_, [](StreamId) {
          return std::vector<HotShardReport>{{ShardIndex(1), HashKey(77), 0.5, 900}};
        }) {
    auto started = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service_}});
    REQUIRE(started.ok());
    server_ = *std::move(started);
    stub_ = v1::Streams::NewStub(::grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), ::grpc::InsecureChannelCredentials()));
  }
  ~StreamsServiceFixture() { server_->Stop(std::chrono::seconds(10)); }

  template <typename Request, typename Response>
  ::grpc::Status Call(::grpc::Status (Stub::*method)(::grpc::ClientContext*, const Request&,
                                                     Response*),
                      const Request& request, Response* response) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + testing::kTestDeadline);
    return ((*stub_).*method)(&context, request, response);
  }

  ::grpc::Status CreateStream(const std::string& name, uint32_t shards) {
    v1::CreateStreamRequest request;
    request.set_stream_name(name);
    request.set_shard_count(shards);
    v1::CreateStreamResponse response;
    return Call(&Stub::CreateStream, request, &response);
  }

  // A request about the stream "orders".
  template <typename Request>
  static Request Named() {
    Request request;
    request.set_stream_name("orders");
    return request;
  }

  v1::StreamDescriptionSummary Describe(const std::string& name) {
    v1::DescribeStreamSummaryRequest request;
    request.set_stream_name(name);
    v1::DescribeStreamSummaryResponse response;
    REQUIRE(Told(Call(&Stub::DescribeStreamSummary, request, &response)) == "OK");
    return response.summary();
  }

  StreamSettings settings_;
  StreamsService service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_CASE_METHOD(StreamsServiceFixture, "a stream's life over gRPC", "[grpc]") {
  REQUIRE(CreateStream("orders", 2).ok());
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));

  v1::DescribeStreamSummaryRequest summary_request;
  summary_request.set_stream_name("orders");
  v1::DescribeStreamSummaryResponse summary_response;
  REQUIRE(Call(&Stub::DescribeStreamSummary, summary_request, &summary_response).ok());
  const v1::StreamDescriptionSummary& summary = summary_response.summary();
  CHECK(summary.stream_name() == "orders");
  CHECK(summary.stream_status() == v1::STREAM_STATUS_ACTIVE);
  CHECK(summary.stream_creation_timestamp_ms() == kStartMs);
  CHECK(summary.retention_period_hours() == 24);
  CHECK(summary.open_shard_count() == 2);
  CHECK(summary.max_record_size_in_kib() == 1024);
  CHECK(summary.stream_id() == (*catalog_->Find("orders"))->config().id.value());

  v1::DescribeStreamRequest describe;
  describe.set_stream_name("orders");
  describe.set_limit(1);
  v1::DescribeStreamResponse description;
  REQUIRE(Call(&Stub::DescribeStream, describe, &description).ok());
  CHECK(description.has_more_shards());
  REQUIRE(description.shards_size() == 1);
  const v1::Shard& shard = description.shards(0);
  CHECK(shard.shard_id() == "shardId-000000000000");
  CHECK(shard.hash_key_range().starting_hash_key() == "0");
  CHECK(shard.hash_key_range().ending_hash_key() == "170141183460469231731687303715884105727");
  CHECK(shard.sequence_number_range().starting_sequence_number() == 1);
  CHECK_FALSE(shard.sequence_number_range().has_ending_sequence_number());
  CHECK(shard.parent_shard_id().empty());

  v1::ListShardsRequest list_shards;
  list_shards.set_stream_name("orders");
  list_shards.set_max_results(1);
  v1::ListShardsResponse shards;
  REQUIRE(Call(&Stub::ListShards, list_shards, &shards).ok());
  CHECK(shards.shards(0).shard_id() == "shardId-000000000000");
  list_shards.clear_stream_name();
  list_shards.set_next_token(shards.next_token());
  REQUIRE(Call(&Stub::ListShards, list_shards, &shards).ok());
  CHECK(shards.shards(0).shard_id() == "shardId-000000000001");
  CHECK(shards.next_token().empty());

  v1::ListStreamsResponse streams;
  REQUIRE(Call(&Stub::ListStreams, v1::ListStreamsRequest(), &streams).ok());
  REQUIRE(streams.stream_names_size() == 1);
  CHECK(streams.stream_names(0) == "orders");
  CHECK(streams.stream_summaries(0).stream_status() == v1::STREAM_STATUS_ACTIVE);
  CHECK_FALSE(streams.has_more_streams());

  v1::DeleteStreamRequest deletion;
  deletion.set_stream_name("orders");
  v1::DeleteStreamResponse deleted;
  REQUIRE(Call(&Stub::DeleteStream, deletion, &deleted).ok());
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CHECK(Call(&Stub::DescribeStreamSummary, summary_request, &summary_response).error_code() ==
        ::grpc::StatusCode::NOT_FOUND);
}

TEST_CASE_METHOD(StreamsServiceFixture, "refusals carry their reason and field", "[grpc]") {
  const ::grpc::Status refused = CreateStream("orders", 10'001);
  CHECK(refused.error_code() == ::grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(refused.error_message() == "shard_count is 10001, more than 10000");
  CHECK(ReasonOf(refused) == "INVALID_ARGUMENT");
  CHECK(DetailsOf(refused).field() == "shard_count");
  REQUIRE(CreateStream("orders", 1).ok());
  const ::grpc::Status again = CreateStream("orders", 1);
  CHECK(again.error_code() == ::grpc::StatusCode::ALREADY_EXISTS);
  CHECK(ReasonOf(again) == "STREAM_ALREADY_EXISTS");
}

TEST_CASE_METHOD(StreamsServiceFixture, "a stream is described with all that it was created with",
                 "[grpc]") {
  v1::CreateStreamRequest request;
  request.set_stream_name("orders");
  request.set_stream_mode(v1::STREAM_MODE_ON_DEMAND);
  request.set_retention_period_minutes(90);
  v1::StreamLimits* const limits = request.mutable_limits();
  limits->set_profile(v1::LIMITS_PROFILE_CUSTOM);
  limits->set_write_records_per_second(1);
  limits->set_write_bytes_per_second(2);
  limits->set_write_burst_bytes(3);
  limits->set_read_bytes_per_second(4);
  limits->set_read_calls_per_second(5);
  v1::Tag* const tag = request.add_tags();
  tag->set_key("team");
  tag->set_value("ops");
  v1::CreateStreamResponse response;
  REQUIRE(Told(Call(&Stub::CreateStream, request, &response)) == "OK");
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  REQUIRE(Register("orders", "audit").ok());

  const v1::StreamDescriptionSummary summary = Describe("orders");
  CHECK(summary.retention_period_minutes() == 90);
  CHECK(summary.retention_period_hours() == 2);
  CHECK(summary.stream_mode() == v1::STREAM_MODE_ON_DEMAND);
  CHECK(summary.warm_throughput().target_mibps() == 0);
  CHECK(summary.warm_throughput().current_mibps() == 4);
  CHECK(summary.limits().SerializeAsString() == limits->SerializeAsString());
  CHECK(summary.encryption_type() == v1::ENCRYPTION_TYPE_NONE);
  CHECK(summary.key_id().empty());
  CHECK(summary.consumer_count() == 1);
  CHECK(summary.shard_level_metrics().empty());
  CHECK(summary.closed_shard_count() == 0);
  REQUIRE(summary.hot_shards_size() == 1);
  CHECK(summary.hot_shards(0).shard_id() == "shardId-000000000001");
  CHECK(summary.hot_shards(0).hash_key() == "77");
  CHECK(summary.hot_shards(0).share() == 0.5);
  CHECK(summary.hot_shards(0).bytes_per_second() == 900);

  v1::DescribeStreamRequest describe;
  describe.set_stream_name("orders");
  v1::DescribeStreamResponse description;
  REQUIRE(Told(Call(&Stub::DescribeStream, describe, &description)) == "OK");
  CHECK(description.summary().SerializeAsString() == summary.SerializeAsString());
  CHECK(description.shards(3).creation_timestamp_ms() == kStartMs);
  CHECK_FALSE(description.shards(3).has_closed_timestamp_ms());

  v1::DeleteStreamRequest deletion;
  deletion.set_stream_name("orders");
  v1::DeleteStreamResponse deleted;
  CHECK(ReasonOf(Call(&Stub::DeleteStream, deletion, &deleted)) == "STREAM_HAS_CONSUMERS");
  deletion.set_enforce_consumer_deletion(true);
  CHECK(Told(Call(&Stub::DeleteStream, deletion, &deleted)) == "OK");
}

TEST_CASE_METHOD(StreamsServiceFixture, "a stream's settings are changed over gRPC", "[grpc]") {
  CreateActive("orders", 2);
  REQUIRE(Commit(CommitmentStatus::kEnabled).ok());

  auto mode = Named<v1::UpdateStreamModeRequest>();
  mode.set_stream_mode(v1::STREAM_MODE_ON_DEMAND);
  mode.set_warm_throughput_mibps(3);
  v1::UpdateStreamModeResponse mode_changed;
  REQUIRE(Told(Call(&Stub::UpdateStreamMode, mode, &mode_changed)) == "OK");
  CHECK(Describe("orders").warm_throughput().target_mibps() == 3);

  auto warm = Named<v1::UpdateStreamWarmThroughputRequest>();
  warm.set_warm_throughput_mibps(9);
  v1::UpdateStreamWarmThroughputResponse warmed;
  REQUIRE(Told(Call(&Stub::UpdateStreamWarmThroughput, warm, &warmed)) == "OK");
  CHECK(warmed.stream_name() == "orders");
  CHECK(warmed.warm_throughput().target_mibps() == 9);
  CHECK(warmed.warm_throughput().current_mibps() == 2);

  auto size = Named<v1::UpdateMaxRecordSizeRequest>();
  size.set_max_record_size_in_kib(2'048);
  v1::UpdateMaxRecordSizeResponse sized;
  REQUIRE(Told(Call(&Stub::UpdateMaxRecordSize, size, &sized)) == "OK");

  auto limits = Named<v1::UpdateStreamLimitsRequest>();
  v1::UpdateStreamLimitsResponse limited;
  CHECK(DetailsOf(Call(&Stub::UpdateStreamLimits, limits, &limited)).field() == "limits.profile");
  limits.mutable_limits()->set_profile(v1::LIMITS_PROFILE_KINESIS);
  REQUIRE(Told(Call(&Stub::UpdateStreamLimits, limits, &limited)) == "OK");

  auto longer = Named<v1::IncreaseStreamRetentionPeriodRequest>();
  longer.set_retention_period_hours(48);
  v1::IncreaseStreamRetentionPeriodResponse increased;
  REQUIRE(Told(Call(&Stub::IncreaseStreamRetentionPeriod, longer, &increased)) == "OK");
  CHECK(Describe("orders").retention_period_hours() == 48);
  auto shorter = Named<v1::DecreaseStreamRetentionPeriodRequest>();
  shorter.set_retention_period_minutes(30);
  v1::DecreaseStreamRetentionPeriodResponse decreased;
  REQUIRE(Told(Call(&Stub::DecreaseStreamRetentionPeriod, shorter, &decreased)) == "OK");

  const v1::StreamDescriptionSummary summary = Describe("orders");
  CHECK(summary.stream_mode() == v1::STREAM_MODE_ON_DEMAND);
  CHECK(summary.max_record_size_in_kib() == 2'048);
  CHECK(summary.limits().profile() == v1::LIMITS_PROFILE_KINESIS);
  CHECK(summary.limits().write_records_per_second() == 1'000);
  CHECK(summary.retention_period_minutes() == 30);
}

TEST_CASE_METHOD(StreamsServiceFixture, "encryption and metrics over gRPC", "[grpc]") {
  CreateActive("orders");
  auto start = Named<v1::StartStreamEncryptionRequest>();
  start.set_key_id("main");
  v1::StartStreamEncryptionResponse started;
  CHECK(DetailsOf(Call(&Stub::StartStreamEncryption, start, &started)).field() ==
        "encryption_type");
  start.set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  REQUIRE(Told(Call(&Stub::StartStreamEncryption, start, &started)) == "OK");
  CHECK(Describe("orders").encryption_type() == v1::ENCRYPTION_TYPE_KMS);
  CHECK(Describe("orders").key_id() == "main");
  auto stop = Named<v1::StopStreamEncryptionRequest>();
  stop.set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  stop.set_key_id("main");
  v1::StopStreamEncryptionResponse stopped;
  REQUIRE(Told(Call(&Stub::StopStreamEncryption, stop, &stopped)) == "OK");
  CHECK(Describe("orders").encryption_type() == v1::ENCRYPTION_TYPE_NONE);

  auto enable = Named<v1::EnableEnhancedMonitoringRequest>();
  enable.add_shard_level_metrics(v1::SHARD_LEVEL_METRIC_ALL);
  v1::EnableEnhancedMonitoringResponse enabled;
  REQUIRE(Told(Call(&Stub::EnableEnhancedMonitoring, enable, &enabled)) == "OK");
  CHECK(enabled.stream_name() == "orders");
  CHECK(enabled.current_shard_level_metrics().empty());
  CHECK(enabled.desired_shard_level_metrics_size() == 7);
  auto disable = Named<v1::DisableEnhancedMonitoringRequest>();
  disable.add_shard_level_metrics(v1::SHARD_LEVEL_METRIC_INCOMING_BYTES);
  v1::DisableEnhancedMonitoringResponse disabled;
  REQUIRE(Told(Call(&Stub::DisableEnhancedMonitoring, disable, &disabled)) == "OK");
  CHECK(disabled.stream_name() == "orders");
  CHECK(disabled.current_shard_level_metrics_size() == 7);
  CHECK(disabled.desired_shard_level_metrics_size() == 6);
  CHECK(Describe("orders").shard_level_metrics(0) == v1::SHARD_LEVEL_METRIC_INCOMING_RECORDS);
}

TEST_CASE_METHOD(StreamsServiceFixture, "tags of streams and consumers over gRPC", "[grpc]") {
  CreateActive("orders");
  REQUIRE(Register("orders", "audit").ok());
  auto add = Named<v1::AddTagsToStreamRequest>();
  for (const char* key : {"b", "a", "c"}) add.add_tags()->set_key(key);
  v1::AddTagsToStreamResponse added;
  REQUIRE(Told(Call(&Stub::AddTagsToStream, add, &added)) == "OK");
  auto remove = Named<v1::RemoveTagsFromStreamRequest>();
  remove.add_tag_keys("b");
  v1::RemoveTagsFromStreamResponse removed;
  REQUIRE(Told(Call(&Stub::RemoveTagsFromStream, remove, &removed)) == "OK");
  auto list = Named<v1::ListTagsForStreamRequest>();
  list.set_limit(1);
  v1::ListTagsForStreamResponse page;
  REQUIRE(Told(Call(&Stub::ListTagsForStream, list, &page)) == "OK");
  REQUIRE(page.tags_size() == 1);
  CHECK(page.tags(0).key() == "a");
  CHECK(page.has_more_tags());
  list.set_exclusive_start_tag_key("a");
  v1::ListTagsForStreamResponse last;
  REQUIRE(Told(Call(&Stub::ListTagsForStream, list, &last)) == "OK");
  REQUIRE(last.tags_size() == 1);
  CHECK(last.tags(0).key() == "c");
  CHECK_FALSE(last.has_more_tags());

  auto tag = Named<v1::TagResourceRequest>();
  tag.set_consumer_name("audit");
  v1::Tag* const team = tag.add_tags();
  team->set_key("team");
  team->set_value("ops");
  tag.add_tags()->set_key("x");
  v1::TagResourceResponse tagged;
  REQUIRE(Told(Call(&Stub::TagResource, tag, &tagged)) == "OK");
  auto untag = Named<v1::UntagResourceRequest>();
  untag.set_consumer_name("audit");
  untag.add_tag_keys("x");
  v1::UntagResourceResponse untagged;
  REQUIRE(Told(Call(&Stub::UntagResource, untag, &untagged)) == "OK");
  auto resource = Named<v1::ListTagsForResourceRequest>();
  resource.set_consumer_name("audit");
  v1::ListTagsForResourceResponse tags;
  REQUIRE(Told(Call(&Stub::ListTagsForResource, resource, &tags)) == "OK");
  REQUIRE(tags.tags_size() == 1);
  CHECK(tags.tags(0).key() == "team");
  CHECK(tags.tags(0).value() == "ops");
  resource.clear_consumer_name();
  v1::ListTagsForResourceResponse stream_tags;
  REQUIRE(Told(Call(&Stub::ListTagsForResource, resource, &stream_tags)) == "OK");
  CHECK(stream_tags.tags_size() == 2);
  resource.set_consumer_name("none");
  CHECK(ReasonOf(Call(&Stub::ListTagsForResource, resource, &tags)) == "CONSUMER_NOT_FOUND");
}

TEST_CASE_METHOD(StreamsServiceFixture, "streams are listed by tokens over gRPC", "[grpc]") {
  for (const char* name : {"a", "b"}) CreateActive(name);
  v1::ListStreamsRequest request;
  request.set_limit(1);
  v1::ListStreamsResponse first;
  REQUIRE(Told(Call(&Stub::ListStreams, request, &first)) == "OK");
  CHECK(first.has_more_streams());
  request.set_next_token(first.next_token());
  v1::ListStreamsResponse second;
  REQUIRE(Told(Call(&Stub::ListStreams, request, &second)) == "OK");
  REQUIRE(second.stream_names_size() == 1);
  CHECK(second.stream_names(0) == "b");
  CHECK(second.stream_summaries(0).stream_mode() == v1::STREAM_MODE_PROVISIONED);
  CHECK(second.next_token().empty());
}

}  // namespace
}  // namespace penstock::broker
