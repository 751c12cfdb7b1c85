#include "broker/grpc/put_batches_reactor.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/sync_stream.h>

#include "broker/grpc/batches_service.h"
#include "broker/grpc/grpc_server.h"
#include "common/record_batch_builder.h"
#include "penstock/v1/batches.grpc.pb.h"
#include "tests/unit/broker/grpc/status_details.h"
#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::broker {
namespace {

constexpr size_t kMib = 1024 * 1024;

// The service on a server of its own, reached through TCP and the generated stub.
struct Fixture : ReshardFixture {
  explicit Fixture(const PutBatchesLimits& limits = {}) : service(*plane, limits) {
    server = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service}}).value();
    channel = ::grpc::CreateChannel("127.0.0.1:" + std::to_string(server->port()),
                                    ::grpc::InsecureChannelCredentials());
    stub = v1::Batches::NewStub(channel);
  }
  ~Fixture() { Stop(); }

  void Stop() {
    service.Stop();
    plane->Stop();
    server->Stop(std::chrono::seconds(10));
  }

  // `data` of one record each.
  static std::string Batch(uint32_t shard, const std::vector<std::string>& data,
                           Codec codec = Codec::kNone, const ProducerStamp& producer = {}) {
    RecordBatchBuilder builder;
    const HashKey key = UniformRanges(kShards)[shard].first;
    for (const std::string& bytes : data) builder.Add({bytes, "key", ""}, key);
    return std::string(std::move(builder).Build(Shard(shard), codec, producer).bytes());
  }
  static v1::PutBatchesRequest Request(uint64_t call_id, uint32_t shard, std::string batch) {
    v1::PutBatchesRequest request;
    request.set_call_id(call_id);
    request.set_stream_id(1);
    request.set_shard_id(FormatShardId(ShardIndex(shard)));
    request.set_batch(std::move(batch));
    return request;
  }

  // One PutBatches.
  struct Call {
    explicit Call(v1::Batches::Stub& stub) {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
      stream = stub.PutBatches(&context);
    }
    void Write(const v1::PutBatchesRequest& request) { REQUIRE(stream->Write(request)); }
    bool Read() { return stream->Read(&response); }
    std::string Finish() { return ReasonOf(stream->Finish()); }

    ::grpc::ClientContext context;
    std::unique_ptr<::grpc::ClientReaderWriter<v1::PutBatchesRequest, v1::PutBatchesResponse>>
        stream;
    v1::PutBatchesResponse response;
  };

  void AwaitHeld(size_t count) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (log.held_appends() != count) {
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      std::this_thread::yield();
    }
  }
  ::grpc::Status GetShardMap(const std::string& stream, v1::ShardMap* map) {
    ::grpc::ClientContext context;
    v1::GetShardMapRequest request;
    request.set_stream_name(stream);
    return stub->GetShardMap(&context, request, map);
  }
  uint64_t EndOf(uint32_t shard) { return log.Bounds(Shard(shard))->end.value(); }

  BatchesService service;
  std::unique_ptr<GrpcServer> server;
  std::shared_ptr<::grpc::Channel> channel;
  std::unique_ptr<v1::Batches::Stub> stub;
};

TEST_CASE_METHOD(Fixture, "put batches: stored in order, answered in order, then OK") {
  Call call(*stub);
  constexpr uint64_t kBatches = 200;
  for (uint64_t i = 0; i < kBatches; ++i)
    call.Write(Request(i, 2, Batch(2, {std::to_string(i), "more"})));
  REQUIRE(call.stream->WritesDone());
  for (uint64_t i = 0; i < kBatches; ++i) {
    REQUIRE(call.Read());
    CHECK(call.response.call_id() == i);
    CHECK(call.response.error_code().empty());
    CHECK(call.response.first_sequence_number() == 2 * i + 1);
    CHECK(call.response.append_time_ms() == kNowMs);
    CHECK(call.response.encryption_type() == v1::ENCRYPTION_TYPE_NONE);
  }
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "OK");
  const auto stored = testing::ReadAll(log, Shard(2), SequenceNumber(1));
  REQUIRE(stored.ok());
  REQUIRE(stored->size() == 2 * kBatches);
  for (uint64_t i = 0; i < kBatches; ++i) REQUIRE((*stored)[2 * i].data == std::to_string(i));
}

TEST_CASE_METHOD(Fixture, "put batches: any codec, read back by GetRecords") {
  Call call(*stub);
  const std::string data(1'000, 'x');
  for (const Codec codec : {Codec::kNone, Codec::kLz4, Codec::kZstd}) {
    call.Write(Request(0, 0, Batch(0, {data, data}, codec)));
    REQUIRE(call.Read());
    REQUIRE(call.response.error_code().empty());
  }
  CHECK(log.Read(Shard(0), SequenceNumber(3), {})->batches.front()->header().codec == Codec::kLz4);
  const Answer got = Get(Horizon());
  REQUIRE(Numbers(got).size() == 6);
  for (const ReadRecord& record : got->collected.records) CHECK(record.record.data == data);
  REQUIRE(call.stream->WritesDone());
  CHECK(call.Finish() == "OK");
}

TEST_CASE_METHOD(Fixture, "put batches: a batch that fails ends nothing") {
  Call call(*stub);
  call.Write(Request(1, 0, "no batch"));
  REQUIRE(call.Read());
  CHECK(call.response.call_id() == 1);
  CHECK(call.response.error_code() == "CORRUPT_RECORDS");
  v1::PutBatchesRequest request = Request(2, 0, Batch(0, {"a"}));
  request.set_shard_id("shard 0");
  call.Write(request);
  REQUIRE(call.Read());
  CHECK(call.response.call_id() == 2);
  CHECK(call.response.error_code() == "INVALID_ARGUMENT");
  call.Write({});
  REQUIRE(call.Read());
  CHECK(call.response.error_code() == "INVALID_ARGUMENT");
  request = Request(3, 0, Batch(0, {"a"}, Codec::kNone, {7, 1, 2}));
  request.set_previous_producer_sequence(1);
  call.Write(request);
  REQUIRE(call.Read());
  CHECK(call.response.error_code() == "PRODUCER_SEQUENCE_GAP");
  request.set_previous_producer_sequence(0);
  for (int i = 0; i < 2; ++i) {
    call.Write(request);
    REQUIRE(call.Read());
    CHECK(call.response.error_code().empty());
    CHECK(call.response.first_sequence_number() == 1);
    CHECK(call.response.duplicate() == (i == 1));
  }
  REQUIRE(call.stream->WritesDone());
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "OK");
}

TEST_CASE_METHOD(Fixture,
                 "put batches: shards do not wait for each other; a closed one has the map") {
  Call call(*stub);
  Seal(0);
  call.Write(Request(1, 0, Batch(0, {"a"})));
  call.Write(Request(2, 1, Batch(1, {"b"})));
  REQUIRE(call.Read());
  CHECK(call.response.call_id() == 2);
  Publish({0}, 2);
  REQUIRE(call.Read());
  CHECK(call.response.call_id() == 1);
  CHECK(call.response.error_code() == "SHARD_CLOSED");
  CHECK(call.response.shard_map().stream_id() == 1);
  REQUIRE(call.response.shard_map().shards_size() == kShards + 1);
  CHECK(call.response.shard_map().shards(0).shard_id() == "shardId-000000000004");
  CHECK(call.response.shard_map().shards(2).shard_id() == "shardId-000000000001");
}

TEST_CASE_METHOD(Fixture, "put batches: what is under way is answered before the end") {
  log.HoldAppends();
  Call call(*stub);
  call.Write(Request(1, 0, Batch(0, {"a"})));
  AwaitHeld(1);
  SECTION("half-closed") {
    REQUIRE(call.stream->WritesDone());
    log.ReleaseAppends();
    REQUIRE(call.Read());
    CHECK(call.response.call_id() == 1);
    CHECK_FALSE(call.Read());
    CHECK(call.Finish() == "OK");
  }
  SECTION("stopped") {
    service.Stop();
    service.Stop();
    // Read or not, it is neither stored nor answered.
    call.Write(Request(2, 0, Batch(0, {"b"})));
    log.ReleaseAppends();
    REQUIRE(call.Read());
    CHECK(call.response.call_id() == 1);
    CHECK_FALSE(call.Read());
    CHECK(call.Finish() == "SHUTTING_DOWN");
    Call late(*stub);
    CHECK_FALSE(late.Read());
    CHECK(late.Finish() == "SHUTTING_DOWN");
  }
  CHECK(EndOf(0) == 2);
}

TEST_CASE_METHOD(Fixture, "put batches: an idle call ends with the broker") {
  Call call(*stub);
  call.Write(Request(1, 0, Batch(0, {"a"})));
  REQUIRE(call.Read());
  service.Stop();
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "SHUTTING_DOWN");
}

TEST_CASE_METHOD(Fixture, "put batches: appends under way outlive a cancelled call") {
  log.HoldAppends();
  Call call(*stub);
  for (uint64_t i = 0; i < 3; ++i) call.Write(Request(i, 0, Batch(0, {"a"})));
  AwaitHeld(3);
  call.context.TryCancel();
  CHECK_FALSE(call.Read());
  CHECK(call.stream->Finish().error_code() == ::grpc::StatusCode::CANCELLED);
  // Returns when the call is gone; the appends come later.
  server->Stop(std::chrono::seconds(10));
  CHECK(log.held_appends() == 3);
  log.ReleaseAppends();
  CHECK(EndOf(0) == 4);
}

TEST_CASE_METHOD(Fixture,
                 "put batches: a message that is none ends the call when all is answered") {
  using ::grpc::ByteBuffer;
  log.HoldAppends();
  ::grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  const ::grpc::internal::RpcMethod method("/penstock.v1.Batches/PutBatches",
                                           ::grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  const std::unique_ptr<::grpc::ClientReaderWriter<ByteBuffer, ByteBuffer>> call(
      ::grpc::internal::ClientReaderWriterFactory<ByteBuffer, ByteBuffer>::Create(
          channel.get(), method, &context));
  const auto write = [&](const std::string& bytes) {
    const ::grpc::Slice slice(bytes);
    return call->Write(ByteBuffer(&slice, 1));
  };
  REQUIRE(write(Request(1, 0, Batch(0, {"a"})).SerializeAsString()));
  REQUIRE(write("\xff\xff"));
  REQUIRE(write(Request(2, 0, Batch(0, {"b"})).SerializeAsString()));
  AwaitHeld(1);
  log.ReleaseAppends();
  ByteBuffer answer;
  REQUIRE(call->Read(&answer));
  CHECK_FALSE(call->Read(&answer));
  CHECK(ReasonOf(call->Finish()) == "INVALID_ARGUMENT");
  CHECK(EndOf(0) == 2);
}

TEST_CASE_METHOD(Fixture, "put batches: large batches, read while 32 MiB are not answered") {
  log.HoldAppends();
  // Records of a MiB, the most that the stream takes.
  const std::string batch = Batch(1, std::vector<std::string>(10, std::string(kMib - 3, 'x')));
  REQUIRE(batch.size() > 10 * kMib - 100);
  Call call(*stub);
  std::jthread writer([&] {
    for (uint64_t i = 0; i < 6; ++i)
      if (!call.stream->Write(Request(i, 1, batch))) return;
    call.stream->WritesDone();
  });
  AwaitHeld(4);
  v1::ShardMap map;
  CHECK(Told(GetShardMap("orders", &map)) == "OK");
  CHECK(log.held_appends() == 4);
  log.ReleaseAppends();
  for (uint64_t i = 0; i < 6; ++i) {
    CHECK(call.Read());
    CHECK(call.response.call_id() == i);
    CHECK(call.response.first_sequence_number() == 10 * i + 1);
  }
  writer.join();
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "OK");
}

struct NarrowFixture : Fixture {
  NarrowFixture() : Fixture({.batches_in_flight_max = 2}) {}
};

TEST_CASE_METHOD(NarrowFixture, "put batches: no more batches under way than there may be") {
  log.HoldAppends();
  Call call(*stub);
  for (uint64_t i = 0; i < 5; ++i) call.Write(Request(i, 0, Batch(0, {"a"})));
  REQUIRE(call.stream->WritesDone());
  AwaitHeld(2);
  v1::ShardMap map;
  CHECK(Told(GetShardMap("orders", &map)) == "OK");
  CHECK(log.held_appends() == 2);
  log.ReleaseAppends();
  for (uint64_t i = 0; i < 5; ++i) {
    REQUIRE(call.Read());
    CHECK(call.response.call_id() == i);
  }
  CHECK_FALSE(call.Read());
  CHECK(call.Finish() == "OK");
}

TEST_CASE_METHOD(Fixture, "get shard map: of a stream that takes records") {
  v1::ShardMap map;
  REQUIRE(Told(GetShardMap("orders", &map)) == "OK");
  CHECK(map.stream_id() == 1);
  CHECK(map.shards_size() == kShards);
  CHECK(ReasonOf(GetShardMap("none", &map)) == "STREAM_NOT_FOUND");
  CHECK(ReasonOf(GetShardMap("", &map)) == "INVALID_ARGUMENT");
  config.status = StreamStatus::kCreating;
  PublishShards();
  CHECK(ReasonOf(GetShardMap("orders", &map)) == "STREAM_NOT_FOUND");
}

}  // namespace
}  // namespace penstock::broker
