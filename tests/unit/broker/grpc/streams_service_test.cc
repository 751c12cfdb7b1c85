#include "broker/grpc/streams_service.h"

#include <chrono>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "broker/grpc/grpc_server.h"
#include "tests/support/settings_fixture.h"
#include "tests/unit/broker/grpc/status_details.h"

namespace penstock::broker {
namespace {

class StreamsServiceFixture : public testing::SettingsFixture {
 protected:
  StreamsServiceFixture() : settings_(settings()), service_(*catalog_, settings_) {
    auto started = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service_}});
    REQUIRE(started.ok());
    server_ = *std::move(started);
    stub_ = v1::Streams::NewStub(::grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), ::grpc::InsecureChannelCredentials()));
  }
  ~StreamsServiceFixture() { server_->Stop(std::chrono::seconds(10)); }

  template <typename Request, typename Response>
  ::grpc::Status Call(::grpc::Status (v1::Streams::Stub::*method)(::grpc::ClientContext*,
                                                                  const Request&, Response*),
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
    return Call(&v1::Streams::Stub::CreateStream, request, &response);
  }

  StreamSettings settings_;
  StreamsService service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::Streams::Stub> stub_;
};

TEST_CASE_METHOD(StreamsServiceFixture, "a stream's life over gRPC", "[grpc]") {
  REQUIRE(CreateStream("orders", 2).ok());
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));

  v1::DescribeStreamSummaryRequest summary_request;
  summary_request.set_stream_name("orders");
  v1::DescribeStreamSummaryResponse summary_response;
  REQUIRE(Call(&v1::Streams::Stub::DescribeStreamSummary, summary_request, &summary_response).ok());
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
  REQUIRE(Call(&v1::Streams::Stub::DescribeStream, describe, &description).ok());
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
  REQUIRE(Call(&v1::Streams::Stub::ListShards, list_shards, &shards).ok());
  CHECK(shards.shards(0).shard_id() == "shardId-000000000000");
  list_shards.clear_stream_name();
  list_shards.set_next_token(shards.next_token());
  REQUIRE(Call(&v1::Streams::Stub::ListShards, list_shards, &shards).ok());
  CHECK(shards.shards(0).shard_id() == "shardId-000000000001");
  CHECK(shards.next_token().empty());

  v1::ListStreamsResponse streams;
  REQUIRE(Call(&v1::Streams::Stub::ListStreams, v1::ListStreamsRequest(), &streams).ok());
  REQUIRE(streams.stream_names_size() == 1);
  CHECK(streams.stream_names(0) == "orders");
  CHECK(streams.stream_summaries(0).stream_status() == v1::STREAM_STATUS_ACTIVE);
  CHECK_FALSE(streams.has_more_streams());

  v1::DeleteStreamRequest deletion;
  deletion.set_stream_name("orders");
  v1::DeleteStreamResponse deleted;
  REQUIRE(Call(&v1::Streams::Stub::DeleteStream, deletion, &deleted).ok());
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CHECK(Call(&v1::Streams::Stub::DescribeStreamSummary, summary_request, &summary_response)
            .error_code() == ::grpc::StatusCode::NOT_FOUND);
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

}  // namespace
}  // namespace penstock::broker
