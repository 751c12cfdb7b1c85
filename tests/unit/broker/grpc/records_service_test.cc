#include "broker/grpc/records_service.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "broker/grpc/grpc_server.h"
#include "penstock/v1/records.grpc.pb.h"
#include "tests/unit/broker/grpc/status_details.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr size_t kMib = 1024 * 1024;

// The service on a server of its own, reached through TCP and the generated stub.
struct Fixture : RecordPlaneFixture {
  using RecordPlaneFixture::RecordPlaneFixture;

  ~Fixture() {
    plane->Stop();
    server->Stop(std::chrono::seconds(10));
  }

  static std::shared_ptr<::grpc::Channel> Connect(int port) {
    ::grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
    return ::grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                       ::grpc::InsecureChannelCredentials(), arguments);
  }

  static void SetDeadline(::grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  }

  ::grpc::Status Call(const v1::PutRecordRequest& request, v1::PutRecordResponse* response) {
    ::grpc::ClientContext context;
    SetDeadline(context);
    return stub->PutRecord(&context, request, response);
  }
  ::grpc::Status Call(const v1::PutRecordsRequest& request, v1::PutRecordsResponse* response) {
    ::grpc::ClientContext context;
    SetDeadline(context);
    return stub->PutRecords(&context, request, response);
  }
  ::grpc::Status Call(const v1::GetShardIteratorRequest& request,
                      v1::GetShardIteratorResponse* response) {
    ::grpc::ClientContext context;
    SetDeadline(context);
    return stub->GetShardIterator(&context, request, response);
  }
  ::grpc::Status Call(const v1::GetRecordsRequest& request, v1::GetRecordsResponse* response) {
    ::grpc::ClientContext context;
    SetDeadline(context);
    return stub->GetRecords(&context, request, response);
  }

  // Any bytes as the request of a method.
  ::grpc::Status CallRaw(const std::string& method, const std::string& bytes) {
    ::grpc::TemplatedGenericStub<::grpc::ByteBuffer, ::grpc::ByteBuffer> raw(channel);
    ::grpc::ClientContext context;
    SetDeadline(context);
    const ::grpc::Slice slice(bytes);
    const ::grpc::ByteBuffer request(&slice, 1);
    ::grpc::ByteBuffer response;
    testing::Awaited<::grpc::Status> status;
    raw.UnaryCall(&context, "/penstock.v1.Records/" + method, {}, &request, &response,
                  status.Callback());
    return status.Get();
  }

  static v1::PutRecordRequest PutRequest(std::string_view data) {
    v1::PutRecordRequest request;
    request.set_stream_name("orders");
    request.set_data(std::string(data));
    request.set_partition_key("key");
    request.set_explicit_hash_key("0");
    return request;
  }

  v1::GetRecordsRequest GetRequest(uint32_t max_wait_ms = 0) {
    v1::GetRecordsRequest request;
    request.set_shard_iterator(Horizon());
    request.set_max_wait_ms(max_wait_ms);
    return request;
  }

  RecordsService service{*plane};
  std::unique_ptr<GrpcServer> server =
      GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service}}).value();
  std::shared_ptr<::grpc::Channel> channel = Connect(server->port());
  std::unique_ptr<v1::Records::Stub> stub = v1::Records::NewStub(channel);
};

TEST_CASE_METHOD(Fixture, "records service: what was put is got") {
  v1::PutRecordResponse put;
  REQUIRE(Told(Call(PutRequest(std::string("\0\xff", 2)), &put)) == "OK");
  CHECK(put.shard_id() == "shardId-000000000000");
  CHECK(put.sequence_number() == 1);

  v1::PutRecordsRequest many;
  many.set_stream_name("orders");
  for (int i = 0; i < 500; ++i) {
    many.add_records()->set_data("data " + std::to_string(i));
    many.mutable_records(i)->set_partition_key("key " + std::to_string(i));
    many.mutable_records(i)->set_explicit_hash_key(KeyOfShard(i % kShards));
  }
  v1::PutRecordsResponse puts;
  REQUIRE(Told(Call(many, &puts)) == "OK");
  CHECK(puts.failed_record_count() == 0);
  REQUIRE(puts.records_size() == 500);
  CHECK(puts.records(5).shard_id() == "shardId-000000000001");
  CHECK(puts.records(5).sequence_number() == 2);

  v1::GetShardIteratorRequest where;
  where.set_stream_name("orders");
  where.set_shard_id("shardId-000000000000");
  where.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_AT_SEQUENCE_NUMBER);
  where.set_starting_sequence_number(1);
  v1::GetShardIteratorResponse iterator;
  REQUIRE(Told(Call(where, &iterator)) == "OK");
  v1::GetRecordsRequest read;
  read.set_shard_iterator(iterator.shard_iterator());
  read.set_limit(2);
  v1::GetRecordsResponse got;
  REQUIRE(Told(Call(read, &got)) == "OK");
  REQUIRE(got.records_size() == 2);
  CHECK(got.records(0).data() == std::string("\0\xff", 2));
  CHECK(got.records(0).approximate_arrival_timestamp_ms() == kNowMs);
  CHECK(got.records(1).data() == "data 0");
  CHECK(got.records(1).sequence_number() == 2);
  CHECK(got.records_behind_latest() == 124);

  read.set_shard_iterator(got.next_shard_iterator());
  read.set_limit(0);
  REQUIRE(Told(Call(read, &got)) == "OK");
  CHECK(got.records_size() == 124);
  CHECK(got.records(123).data() == "data 496");
  CHECK(got.records_behind_latest() == 0);
}

TEST_CASE_METHOD(Fixture, "records service: errors carry reason, outcome and field") {
  v1::PutRecordResponse put;
  v1::PutRecordRequest request = PutRequest("data");
  request.set_stream_name("other");
  const ::grpc::Status not_found = Call(request, &put);
  CHECK(not_found.error_code() == ::grpc::StatusCode::NOT_FOUND);
  CHECK(DetailsOf(not_found).info.reason() == "STREAM_NOT_FOUND");
  CHECK(DetailsOf(not_found).outcome() == "not_applied");

  log.FailAppends(Shard(0), 1, MakeError(ErrorReason::kOverloaded, "queue is full"));
  const ::grpc::Status overloaded = Call(PutRequest("data"), &put);
  CHECK(overloaded.error_code() == ::grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(DetailsOf(overloaded).retry.has_value());

  log.FailAppends(Shard(0), 1, MakeError(ErrorReason::kStorageFailed, "disk is gone"));
  const ::grpc::Status failed = Call(PutRequest("data"), &put);
  CHECK(failed.error_code() == ::grpc::StatusCode::UNAVAILABLE);
  CHECK(DetailsOf(failed).outcome() == "unknown");

  v1::GetShardIteratorRequest where;
  where.set_stream_name("orders");
  where.set_shard_id("shardId-000000000009");
  where.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_LATEST);
  v1::GetShardIteratorResponse iterator;
  CHECK(ReasonOf(Call(where, &iterator)) == "SHARD_NOT_FOUND");
  where.set_shard_id("shardId-000000000000");
  where.set_timestamp_ms(1);
  CHECK(DetailsOf(Call(where, &iterator)).field() == "timestamp_ms");

  v1::GetRecordsResponse got;
  v1::GetRecordsRequest read = GetRequest();
  log.FailReads(Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "number 1 is lost"));
  const ::grpc::Status lost = Call(read, &got);
  CHECK(lost.error_code() == ::grpc::StatusCode::DATA_LOSS);
  CHECK(ReasonOf(lost) == "CORRUPT_RECORDS");
  clock.AdvanceMs(kIteratorLifetimeMs + 1);
  CHECK(ReasonOf(Call(read, &got)) == "EXPIRED_ITERATOR");
  read.set_shard_iterator("forged");
  const ::grpc::Status forged = Call(read, &got);
  CHECK(ReasonOf(forged) == "INVALID_ITERATOR");
  CHECK(DetailsOf(forged).field() == "shard_iterator");
  read.set_limit(10'001);
  CHECK(DetailsOf(Call(read, &got)).field() == "limit");
}

TEST_CASE_METHOD(Fixture, "records service: a key that is not UTF-8 is named") {
  // Two entries as bytes on the wire; protobuf's own classes would not write the second.
  const auto entry = [](const std::string& key) {
    const std::string body = std::string(
                                 "\x0a\x01"
                                 "d\x12") +
                             static_cast<char>(key.size()) + key;
    return std::string("\x12") + static_cast<char>(body.size()) + body;
  };
  const std::string stream("\x0a\x06orders");
  const ::grpc::Status status = CallRaw("PutRecords", stream + entry("key") + entry("k\xff"));
  CHECK(status.error_code() == ::grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(DetailsOf(status).field() == "records[1].partition_key");
  CHECK_THAT(status.error_message(),
             ContainsSubstring("records[1].partition_key 'k\\xff' is not UTF-8"));
  CHECK(log.Bounds(Shard(0))->end == SequenceNumber(1));

  const ::grpc::Status name = CallRaw("PutRecords", "\x0a\x02s\xff" + entry("key"));
  CHECK(ReasonOf(name) == "STREAM_NOT_FOUND");
  CHECK_THAT(name.error_message(), ContainsSubstring("s\\xff"));
}

TEST_CASE_METHOD(Fixture, "records service: what is no message is refused") {
  for (const std::string method : {"PutRecord", "PutRecords", "GetShardIterator", "GetRecords"}) {
    const ::grpc::Status status = CallRaw(method, "\xff\xff\xff");
    INFO(method);
    CHECK(status.error_code() == ::grpc::StatusCode::INVALID_ARGUMENT);
    CHECK_THAT(status.error_message(), ContainsSubstring("penstock.v1." + method + "Request"));
    CHECK_FALSE(CallRaw(method, "").ok());
  }
}

TEST_CASE_METHOD(Fixture, "records service: the largest request and the largest answer") {
#if defined(__SANITIZE_THREAD__)
  SKIP("gRPC's slices of 10 MiB keep the thread sanitizer busy for minutes with false races");
#endif
  StreamConfig config = testing::ActiveStream(1, "orders");
  config.max_record_size_in_kib = kRecordKibMax;
  directory.Set(config, testing::OpenShards(kShards), log);
  v1::PutRecordRequest request = PutRequest(std::string(kRecordBytesMax - 3, 'd'));
  v1::PutRecordResponse put;
  REQUIRE(Told(Call(request, &put)) == "OK");
  v1::GetRecordsResponse got;
  REQUIRE(Told(Call(GetRequest(), &got)) == "OK");
  REQUIRE(got.records_size() == 1);
  CHECK(got.records(0).data() == request.data());

  // Past the message limit, gRPC itself refuses.
  request.set_data(std::string(17 * kMib, 'd'));
  CHECK(Call(request, &put).error_code() == ::grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// Shorter than the waits themselves: what ends them must not be their deadline.
constexpr std::chrono::seconds kGiveUp{10};

void AwaitOpenWaits(testing::MemoryShardLog& log, size_t count) {
  const auto give_up = std::chrono::steady_clock::now() + kGiveUp;
  while (log.open_waits() != count) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::yield();
  }
}

// A GetRecords in the background.
struct LongPoll {
  LongPoll(Fixture& fixture, uint32_t max_wait_ms) : request(fixture.GetRequest(max_wait_ms)) {
    Fixture::SetDeadline(context);
    fixture.stub->async()->GetRecords(&context, &request, &response, status.Callback());
  }
  v1::GetRecordsRequest request;
  ::grpc::ClientContext context;
  v1::GetRecordsResponse response;
  testing::Awaited<::grpc::Status> status;
};

TEST_CASE_METHOD(Fixture, "records service: a long-poll answers when a record comes") {
  LongPoll poll(*this, 30'000);
  AwaitOpenWaits(log, 1);
  v1::PutRecordResponse put;
  REQUIRE(Told(Call(PutRequest("data"), &put)) == "OK");
  REQUIRE(Told(poll.status.Get()) == "OK");
  CHECK(poll.response.records(0).data() == "data");
}

TEST_CASE_METHOD(Fixture, "records service: a client that goes ends its wait") {
  LongPoll poll(*this, 30'000);
  AwaitOpenWaits(log, 1);
  poll.context.TryCancel();
  CHECK(poll.status.Get().error_code() == ::grpc::StatusCode::CANCELLED);
  AwaitOpenWaits(log, 0);
}

TEST_CASE_METHOD(Fixture, "records service: stop answers the waits, then the server goes") {
  LongPoll first(*this, 30'000);
  LongPoll second(*this, 30'000);
  AwaitOpenWaits(log, 2);
  plane->Stop();
  server->Stop(std::chrono::seconds(10));
  CHECK(Told(first.status.Get()) == "OK");
  CHECK(Told(second.status.Get()) == "OK");
  CHECK(first.response.records_size() == 0);
  CHECK_FALSE(first.response.next_shard_iterator().empty());
}

TEST_CASE_METHOD(Fixture, "records service: what an answer holds is given back when it is sent") {
  v1::PutRecordResponse put;
  REQUIRE(Told(Call(PutRequest("data"), &put)) == "OK");
  v1::GetRecordsResponse got;
  REQUIRE(Told(Call(GetRequest(), &got)) == "OK");
  // Once every call is done.
  server->Stop(std::chrono::seconds(10));
  CHECK(plane->read_budget().bytes_in_use() == 0);
}

}  // namespace
}  // namespace penstock::broker
