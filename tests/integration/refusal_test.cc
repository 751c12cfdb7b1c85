// What a broker must refuse to put and to get, how it says so, and that it goes on.
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "penstock/errors.h"
#include "penstock/v1/records.grpc.pb.h"
#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

constexpr char kShard[] = "shardId-000000000000";

template <typename Result>
void CheckRefused(const Result& result, absl::StatusCode code, const std::string& reason) {
  INFO(result.status().ToString());
  CHECK(result.status().code() == code);
  CHECK(GetErrorDetails(result.status()).reason == reason);
  CHECK_FALSE(GetErrorDetails(result.status()).outcome_unknown);
}

TEST_CASE("records that are too large, and keys that are none, are refused") {
  Fixture fixture;
  Client& client = fixture.client();
  fixture.CreateStream("orders");
  constexpr size_t kRecordBytes = 1024 * 1024;
  CHECK(client.PutRecord("orders", {std::string(kRecordBytes - 1, 'x'), "k"}).ok());
  CheckRefused(client.PutRecord("orders", {std::string(kRecordBytes, 'x'), "k"}),
               absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENT");
  CheckRefused(client.PutRecord("orders", {"data", ""}), absl::StatusCode::kInvalidArgument,
               "INVALID_ARGUMENT");
  CheckRefused(client.PutRecord("orders", {"data", std::string(257, 'k')}),
               absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENT");
  CheckRefused(client.PutRecord("orders", {"data", "k", "340282366920938463463374607431768211456"}),
               absl::StatusCode::kInvalidArgument, "INVALID_ARGUMENT");
  CHECK(fixture.GetAll("orders").size() == 1);
}

// What the client would refuse itself goes out by a stub of gRPC's own.
grpc::Status CallRaw(const std::string& endpoint, const std::string& method,
                     const std::string& message) {
  grpc::GenericStub stub(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  grpc::CompletionQueue queue;
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  REQUIRE(queue.Next(&tag, &ok));
  return status;
}

TEST_CASE("what the client would never send is refused by the broker all the same") {
  Fixture fixture;
  fixture.CreateStream("orders");
  const std::string put = "/penstock.v1.Records/PutRecord";
  const std::string many = "/penstock.v1.Records/PutRecords";
  const std::string& endpoint = fixture.broker().endpoint();
  // stream_name "orders", data "d", partition_key of one byte that is no UTF-8.
  const std::string bad_key = std::string("\x0a\x06orders\x12\x01") + "d\x1a\x01\xff";
  CHECK_FALSE(CallRaw(endpoint, put, bad_key).ok());
  const std::string bad_keys = std::string("\x0a\x06orders\x12\x06\x0a\x01") + "d\x12\x01\xff";
  CHECK_FALSE(CallRaw(endpoint, many, bad_keys).ok());
  CHECK_FALSE(CallRaw(endpoint, put, "\xff\xff\xff").ok());
  CHECK_FALSE(CallRaw(endpoint, many, "\x12\x7f").ok());
  CHECK(CallRaw(endpoint, many, "").error_code() == grpc::StatusCode::INVALID_ARGUMENT);

  v1::PutRecordsRequest request;
  request.set_stream_name("orders");
  for (int i = 0; i < 501; ++i) request.add_records()->set_partition_key("k");
  CHECK(CallRaw(endpoint, many, request.SerializeAsString()).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
  request.mutable_records()->DeleteSubrange(1, 500);
  request.mutable_records(0)->set_partition_key("");
  CHECK_FALSE(CallRaw(endpoint, many, request.SerializeAsString()).ok());
  CHECK(fixture.GetAll("orders").empty());
  CHECK(fixture.client().PutRecord("orders", {"data", "key"}).ok());
}

TEST_CASE("streams, shards and iterators that are none are refused") {
  Fixture fixture;
  Client& client = fixture.client();
  fixture.CreateStream("orders");
  using enum absl::StatusCode;
  CheckRefused(client.PutRecord("nothing", {"data", "key"}), kNotFound, "STREAM_NOT_FOUND");
  CheckRefused(client.PutRecords("nothing", {{"data", "key"}}), kNotFound, "STREAM_NOT_FOUND");
  CheckRefused(client.DescribeStreamSummary("nothing"), kNotFound, "STREAM_NOT_FOUND");
  CheckRefused(client.ListAllShards("nothing"), kNotFound, "STREAM_NOT_FOUND");
  const IteratorPosition start = IteratorPosition::TrimHorizon();
  CheckRefused(client.GetShardIterator("nothing", kShard, start), kNotFound, "STREAM_NOT_FOUND");
  CheckRefused(client.GetShardIterator("orders", "shardId-000000000009", start), kNotFound,
               "SHARD_NOT_FOUND");
  CheckRefused(client.GetShardIterator("orders", "no shard", start), kInvalidArgument,
               "INVALID_ARGUMENT");
  CheckRefused(client.GetShardIterator("orders", kShard,
                                       IteratorPosition::AtTimestamp(absl::Now() + absl::Hours(1))),
               kInvalidArgument, "INVALID_ARGUMENT");

  CheckRefused(client.GetRecords(""), kInvalidArgument, "INVALID_ITERATOR");
  CheckRefused(client.GetRecords("forged"), kInvalidArgument, "INVALID_ITERATOR");
  auto iterator = client.GetShardIterator("orders", kShard, start);
  REQUIRE(iterator.ok());
  CHECK(client.GetRecords(*iterator).ok());
  // Each byte counts.
  for (size_t i = 0; i < iterator->size(); ++i) {
    std::string forged = *iterator;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    const auto result = client.GetRecords(forged);
    CHECK(absl::IsInvalidArgument(result.status()));
  }
  CheckRefused(client.GetRecords(*iterator, {.limit = 10'001}), kInvalidArgument,
               "INVALID_ARGUMENT");
}

TEST_CASE("a stream that was deleted and made anew is another") {
  Fixture fixture;
  Client& client = fixture.client();
  fixture.CreateStream("orders");
  CHECK(absl::IsAlreadyExists(client.CreateStream("orders")));
  const auto before = client.DescribeStreamSummary("orders");
  REQUIRE(before.ok());
  REQUIRE(client.PutRecord("orders", {"old", "key"}).ok());
  const auto old_iterator =
      client.GetShardIterator("orders", kShard, IteratorPosition::TrimHorizon());
  REQUIRE(old_iterator.ok());
  REQUIRE(client.DeleteStream("orders").ok());
  REQUIRE(client.WaitUntilDeleted("orders", absl::Seconds(30)).ok());
  CheckRefused(client.PutRecord("orders", {"data", "key"}), absl::StatusCode::kNotFound,
               "STREAM_NOT_FOUND");
  fixture.CreateStream("orders");
  const auto after = client.DescribeStreamSummary("orders");
  REQUIRE(after.ok());
  CHECK(after->stream_id != before->stream_id);
  CHECK(fixture.GetAll("orders").empty());
  CHECK_FALSE(client.GetRecords(*old_iterator).ok());
  REQUIRE(client.PutRecord("orders", {"new", "key"}).ok());
  fixture.Restart();
  const auto records = fixture.GetAll("orders");
  REQUIRE(records.size() == 1);
  CHECK(records[0].second.data == "new");
}

TEST_CASE("the program names what is wrong with its input") {
  Fixture fixture;
  fixture.CreateStream("orders");
  const auto fails = [&](std::vector<std::string> arguments, const std::string& input, int code,
                         const std::string& named) {
    const RunResult result = fixture.Cli(std::move(arguments), input);
    INFO(result.errors);
    CHECK(result.status == ExitStatus{.code = code});
    CHECK(result.errors.find(named) != std::string::npos);
  };
  fails({"put", "orders", (fixture.path() / "missing").string(), "--key", "k"}, "", 1, "missing");
  fails({"put", "orders", "--key-field", "k"}, "{\"k\":1}\n{\"k\"\n", 1, "line 2: not JSON");
  fails({"put", "orders", "--key-field", "k"}, "{\"x\":1}\n", 1, "line 1: no field 'k'");
  fails({"put", "orders", "--key", ""}, "data\n", 1, "line 1: partition_key is empty");
  fails({"put", "orders", "--key", std::string(257, 'k')}, "data\n", 1,
        "line 1: partition_key has 257 characters");
  fails({"put", "orders", "--key", "k"}, std::string(1024 * 1024, 'x') + "\n", 1,
        "line 1: record has 1048577 bytes");
  fails({"put", "orders", "--key", "k"}, "ok\n" + std::string(2 * 1024 * 1024, 'x'), 1,
        "line 2 has more than");
  fails({"put", "nothing", "--key", "k"}, "data\n", 1, "STREAM_NOT_FOUND");
  fails({"tail", "nothing"}, "", 1, "STREAM_NOT_FOUND");
  fails({"stream", "describe", "nothing"}, "", 1, "STREAM_NOT_FOUND");
  fails({"stream", "create", "orders"}, "", 1, "STREAM_ALREADY_EXISTS");
  fails({"get", "orders", "--shard", "shardId-000000000009"}, "", 1, "SHARD_NOT_FOUND");
  fails({"put"}, "", 2, "STREAM");
  fails({"tail", "orders", "--from", "yesterday"}, "", 2, "yesterday");
  fails({"stream", "create", "x", "--shards", "0"}, "", 2, "--shards");
  fails({"frobnicate"}, "", 2, "frobnicate");
  fails({"stream", "list", "--timeout", "nan"}, "", 2, "'nan' is not 0.001 to 86400 seconds");
  fails({"stream", "list", "--timeout", "0"}, "", 2, "--timeout");
  fails({"get", "orders", "--shard", kShard, "--limit", "0"}, "", 2, "0 records are none");
  fails({"stream", "create", "x", "--retention", "10s"}, "", 2, "--retention: '10s'");
  fails({"stream", "create", "x", "--limits", "speed=4"}, "", 2, "--limits: 'speed=4'");
  fails({"stream", "create", "x", "--tag", "team"}, "", 2, "--tag: 'team'");
  fails({"stream", "create", "x", "--mode", "fast"}, "", 2, "--mode");
  fails({"stream", "encrypt", "orders"}, "", 2, "--key,--off");
  fails({"stream", "scale", "orders"}, "", 2, "--shards");
  fails({"shard", "list", "orders", "--filter", "open"}, "", 2, "--filter: 'open'");
  fails({"shard", "split", "orders", "shardId-000000000009"}, "", 1,
        "no shard shardId-000000000009");
  // What came before the fault is stored.
  CHECK(fixture.GetAll("orders").size() == 2);
}

}  // namespace
}  // namespace penstock::test
