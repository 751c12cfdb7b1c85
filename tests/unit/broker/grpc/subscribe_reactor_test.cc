#include "broker/grpc/subscribe_reactor.h"

#include <chrono>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "broker/grpc/grpc_server.h"
#include "broker/grpc/records_service.h"
#include "penstock/v1/records.grpc.pb.h"
#include "tests/unit/broker/grpc/status_details.h"
#include "tests/unit/broker/record/subscription_fixture.h"

namespace penstock::broker {
namespace {

constexpr size_t kMib = 1024 * 1024;

// The service on a server of its own, reached through TCP and the generated stub.
struct Fixture : SubscriptionFixture {
  using SubscriptionFixture::SubscriptionFixture;

  ~Fixture() {
    plane->Stop();
    server->Stop(std::chrono::seconds(10));
  }

  static v1::SubscribeToShardRequest Request() {
    v1::SubscribeToShardRequest request;
    request.set_stream_name("orders");
    request.set_consumer_name("c");
    request.set_shard_id("shardId-000000000000");
    request.set_starting_position(v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
    return request;
  }

  // One call, read event by event.
  struct Call {
    Call(v1::Records::Stub& stub, const v1::SubscribeToShardRequest& request) {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      reader = stub.SubscribeToShard(&context, request);
    }
    bool Read() { return reader->Read(&event); }
    std::string Finish() { return ReasonOf(reader->Finish()); }

    ::grpc::ClientContext context;
    std::unique_ptr<::grpc::ClientReader<v1::SubscribeToShardEvent>> reader;
    v1::SubscribeToShardEvent event;
  };

  RecordsService service{*plane};
  std::unique_ptr<GrpcServer> server =
      GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service}}).value();
  std::unique_ptr<v1::Records::Stub> stub = v1::Records::NewStub(::grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server->port()), ::grpc::InsecureChannelCredentials()));
};

TEST_CASE_METHOD(Fixture, "subscribe reactor: events as they come, to the end of the shard") {
  PutBatch(0, 2);
  Call call(*stub, Request());
  REQUIRE(call.Read());
  REQUIRE(call.event.records_size() == 2);
  CHECK(call.event.records(1).sequence_number() == 2);
  CHECK(call.event.records(1).approximate_arrival_timestamp_ms() == kNowMs);
  CHECK(call.event.continuation_sequence_number() == 2);
  AwaitOpenWaits(1);
  PutBatch(0, 1);
  REQUIRE(call.Read());
  CHECK(call.event.continuation_sequence_number() == 3);
  Split(0);
  REQUIRE(call.Read());
  CHECK_FALSE(call.event.has_continuation_sequence_number());
  REQUIRE(call.event.child_shards_size() == 2);
  CHECK(call.event.child_shards(1).shard_id() == "shardId-000000000005");
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "OK");
  CHECK(plane->subscriptions().size() == 0);
  CHECK(plane->read_budget().bytes_in_use() == 0);
}

TEST_CASE_METHOD(Fixture, "subscribe reactor: the request is passed on, and refusals come back") {
  const auto told = [&](auto change) {
    v1::SubscribeToShardRequest request = Request();
    change(request);
    Call call(*stub, request);
    CHECK_FALSE(call.Read());
    return call.Finish();
  };
  CHECK(told([](auto& r) { r.set_dry_run(true); }) == "DRY_RUN");
  CHECK(told([](auto& r) { r.set_stream_name("none"); }) == "STREAM_NOT_FOUND");
  CHECK(told([](auto& r) { r.set_consumer_name("none"); }) == "CONSUMER_NOT_FOUND");
  CHECK(told([](auto& r) { r.set_shard_id("shardId-000000000009"); }) == "SHARD_NOT_FOUND");
  CHECK(told([](auto& r) { r.clear_starting_position(); }) == "INVALID_ARGUMENT");
  CHECK(told([](auto& r) { r.set_starting_sequence_number(1); }) == "INVALID_ARGUMENT");
  CHECK(told([](auto& r) { r.set_timestamp_ms(1); }) == "INVALID_ARGUMENT");
}

TEST_CASE_METHOD(Fixture, "subscribe reactor: taken over, the old call is told so") {
  Call old(*stub, Request());
  REQUIRE(old.Read());
  AwaitOpenWaits(1);
  clock.AdvanceMs(kSubscriptionTakeoverMs);
  Call young(*stub, Request());
  REQUIRE(young.Read());
  CHECK_FALSE(old.Read());
  CHECK(old.Finish() == "CONSUMER_IN_USE");
  young.context.TryCancel();
}

TEST_CASE_METHOD(Fixture, "subscribe reactor: a subscriber that leaves leaves nothing behind") {
  Call call(*stub, Request());
  REQUIRE(call.Read());
  AwaitOpenWaits(1);
  call.context.TryCancel();
  CHECK_FALSE(call.Read());
  CHECK(call.reader->Finish().error_code() == ::grpc::StatusCode::CANCELLED);
  Await([&] { return plane->subscriptions().size() == 0; });
  CHECK(log.open_waits() == 0);
}

TEST_CASE_METHOD(Fixture, "subscribe reactor: stop tells those that wait") {
  Call call(*stub, Request());
  REQUIRE(call.Read());
  AwaitOpenWaits(1);
  plane->Stop();
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "SHUTTING_DOWN");
}

TEST_CASE_METHOD(Fixture, "subscribe reactor: stop cuts off one that takes nothing") {
  const std::string data(kMib - 3, 'd');
  // More than the connection holds on its way.
  for (int i = 0; i < 24; ++i) REQUIRE(Put(RecordView{data, "key", "0"}).ok());
  Call call(*stub, Request());
  // Until nothing moves any more: the event that is being written waits for room.
  Await([&] { return plane->read_budget().bytes_in_use() > 0; });
  plane->Stop();
  Await([&] { return plane->subscriptions().size() == 0; });
  // Given back when gRPC lets go of the event, which may be a little later.
  Await([&] { return plane->read_budget().bytes_in_use() == 0; });
  while (call.Read()) {
  }
  const ::grpc::Status status = call.reader->Finish();
  CHECK_FALSE(status.ok());
}

}  // namespace
}  // namespace penstock::broker
