#include "broker/grpc/consumers_service.h"

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

using Stub = v1::Consumers::Stub;

class FakeLag final : public ConsumerLagSource {
 public:
  absl::StatusOr<std::vector<ShardLagInfo>> Lag(std::string_view stream_name,
                                                std::string_view consumer_name) override {
    if (consumer_name != "audit") return NoSuchConsumer(stream_name, consumer_name);
    return std::vector<ShardLagInfo>{{ShardIndex(0), SequenceNumber(7), 3, 20, true},
                                     {ShardIndex(2), std::nullopt, 5, 10, false}};
  }
};

class ConsumersServiceFixture : public testing::SettingsFixture {
 protected:
  ConsumersServiceFixture() : registry_(consumers()), service_(registry_, lag_) {
    auto started = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service_}});
    REQUIRE(started.ok());
    server_ = *std::move(started);
    stub_ = v1::Consumers::NewStub(::grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), ::grpc::InsecureChannelCredentials()));
    CreateActive("orders");
  }
  ~ConsumersServiceFixture() { server_->Stop(std::chrono::seconds(10)); }

  template <typename Request, typename Response>
  ::grpc::Status Call(::grpc::Status (Stub::*method)(::grpc::ClientContext*, const Request&,
                                                     Response*),
                      const Request& request, Response* response) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + testing::kTestDeadline);
    return ((*stub_).*method)(&context, request, response);
  }

  // Requests that name a stream and a consumer.
  template <typename Request>
  static Request Named(const std::string& stream, const std::string& consumer) {
    Request request;
    request.set_stream_name(stream);
    request.set_consumer_name(consumer);
    return request;
  }

  ConsumerRegistry registry_;
  FakeLag lag_;
  ConsumersService service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_CASE_METHOD(ConsumersServiceFixture, "a consumer's life over gRPC", "[grpc]") {
  auto registration = Named<v1::RegisterStreamConsumerRequest>("orders", "audit");
  v1::Tag* const tag = registration.add_tags();
  tag->set_key("team");
  tag->set_value("ops");
  v1::RegisterStreamConsumerResponse registered;
  REQUIRE(Told(Call(&Stub::RegisterStreamConsumer, registration, &registered)) == "OK");
  CHECK(registered.consumer().consumer_name() == "audit");
  CHECK(registered.consumer().stream_name() == "orders");
  CHECK(registered.consumer().consumer_status() == v1::CONSUMER_STATUS_ACTIVE);
  CHECK(registered.consumer().consumer_creation_timestamp_ms() == kStartMs);
  CHECK(consumers().Describe("orders", "audit")->tags == Tags{{"team", "ops"}});
  CHECK(ReasonOf(Call(&Stub::RegisterStreamConsumer, registration, &registered)) ==
        "CONSUMER_ALREADY_EXISTS");

  const auto description = Named<v1::DescribeStreamConsumerRequest>("orders", "audit");
  v1::DescribeStreamConsumerResponse described;
  REQUIRE(Told(Call(&Stub::DescribeStreamConsumer, description, &described)) == "OK");
  CHECK(described.consumer().SerializeAsString() == registered.consumer().SerializeAsString());

  const auto removal = Named<v1::DeregisterStreamConsumerRequest>("orders", "audit");
  v1::DeregisterStreamConsumerResponse removed;
  REQUIRE(Told(Call(&Stub::DeregisterStreamConsumer, removal, &removed)) == "OK");
  CHECK(ReasonOf(Call(&Stub::DeregisterStreamConsumer, removal, &removed)) == "CONSUMER_NOT_FOUND");
  CHECK(ReasonOf(Call(&Stub::DescribeStreamConsumer, description, &described)) ==
        "CONSUMER_NOT_FOUND");
}

TEST_CASE_METHOD(ConsumersServiceFixture, "consumers are listed over gRPC", "[grpc]") {
  for (const char* name : {"b", "a"}) REQUIRE(Register("orders", name).ok());
  v1::ListStreamConsumersRequest request;
  request.set_stream_name("orders");
  request.set_max_results(1);
  request.set_stream_creation_timestamp_ms(kStartMs);
  v1::ListStreamConsumersResponse page;
  REQUIRE(Told(Call(&Stub::ListStreamConsumers, request, &page)) == "OK");
  REQUIRE(page.consumers_size() == 1);
  CHECK(page.consumers(0).consumer_name() == "a");
  CHECK(page.consumers(0).stream_name() == "orders");

  v1::ListStreamConsumersRequest next;
  next.set_next_token(page.next_token());
  REQUIRE(Told(Call(&Stub::ListStreamConsumers, next, &page)) == "OK");
  REQUIRE(page.consumers_size() == 1);
  CHECK(page.consumers(0).consumer_name() == "b");
  CHECK(page.next_token().empty());

  request.set_stream_creation_timestamp_ms(0);
  CHECK(ReasonOf(Call(&Stub::ListStreamConsumers, request, &page)) == "STREAM_NOT_FOUND");
}

TEST_CASE_METHOD(ConsumersServiceFixture, "lag is told shard by shard, summed up", "[grpc]") {
  v1::DescribeConsumerLagResponse lag;
  REQUIRE(Told(Call(&Stub::DescribeConsumerLag,
                    Named<v1::DescribeConsumerLagRequest>("orders", "audit"), &lag)) == "OK");
  REQUIRE(lag.shards_size() == 2);
  CHECK(lag.shards(0).shard_id() == "shardId-000000000000");
  CHECK(lag.shards(0).next_sequence_number() == 7);
  CHECK(lag.shards(0).records_behind_latest() == 3);
  CHECK(lag.shards(0).millis_behind_latest() == 20);
  CHECK(lag.shards(0).subscribed());
  CHECK(lag.shards(1).shard_id() == "shardId-000000000002");
  CHECK_FALSE(lag.shards(1).has_next_sequence_number());
  CHECK_FALSE(lag.shards(1).subscribed());
  CHECK(lag.records_behind_latest() == 8);
  CHECK(lag.millis_behind_latest() == 20);
  CHECK(ReasonOf(Call(&Stub::DescribeConsumerLag,
                      Named<v1::DescribeConsumerLagRequest>("orders", "none"), &lag)) ==
        "CONSUMER_NOT_FOUND");
}

}  // namespace
}  // namespace penstock::broker
