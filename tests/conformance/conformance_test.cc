// The same operation through JSON, CBOR and gRPC gives the same output, the same error reason and
// the same state.

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "broker/aws/aws_format.h"
#include "broker/kinesis/kinesis_model.h"
#include "tests/conformance/aws_door.h"
#include "tests/conformance/broker_under_test.h"
#include "tests/conformance/grpc_door.h"
#include "tests/conformance/rows.h"
#include "tests/conformance/scenario.h"
#include "tests/conformance/state.h"

namespace penstock::conformance {
namespace {

using broker::AwsFormat;
using nlohmann::json;

enum class DoorKind { kJson, kCbor, kGrpc };

std::unique_ptr<Door> OpenDoor(DoorKind kind, const BrokerUnderTest& broker) {
  if (kind == DoorKind::kGrpc) return std::make_unique<GrpcDoor>(broker.channel());
  const AwsFormat format = kind == DoorKind::kJson ? AwsFormat::kJson : AwsFormat::kCbor;
  return std::make_unique<AwsDoor>(broker.kinesis_port(), format);
}

struct Outcome {
  // One for each row.
  std::vector<json> rows;
  json state;
};

// A broker for each door, so that also what a node has only once, the account and the list of
// streams, can be compared.
Outcome RunAll(DoorKind kind, const std::vector<Row>& rows) {
  BrokerUnderTest broker;
  const std::unique_ptr<Door> door = OpenDoor(kind, broker);
  Scenario scenario(broker, *door);
  Outcome outcome;
  for (const Row& row : rows) outcome.rows.push_back(scenario.Run(row));
  outcome.state = StateOf(broker);
  return outcome;
}

TEST_CASE("every operation has a row that succeeds and one that fails", "[conformance]") {
  std::set<std::string> succeed;
  std::set<std::string> fail;
  for (const Row& row : AllRows()) {
    const bool is_error = row.error.has_value() || !row.aws_error.empty();
    (is_error ? fail : succeed).insert(row.operation);
  }
  // These take nothing that could be wrong.
  fail.insert({"DescribeAccountSettings", "DescribeLimits"});
  // This version does not have these.
  succeed.insert({"DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy"});
  for (const broker::AwsOperation& operation : broker::KinesisModel().operations) {
    INFO(operation.name);
    CHECK(succeed.contains(std::string(operation.name)));
    CHECK(fail.contains(std::string(operation.name)));
  }
}

TEST_CASE("three doors give the same outputs, errors and state", "[conformance]") {
  const std::vector<Row> rows = AllRows();
  const Outcome of_json = RunAll(DoorKind::kJson, rows);
  const Outcome of_cbor = RunAll(DoorKind::kCbor, rows);
  const Outcome of_grpc = RunAll(DoorKind::kGrpc, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    INFO(i << ": " << rows[i].operation << " " << rows[i].aws.substr(0, 1'000));
    CHECK(of_json.rows[i] == of_cbor.rows[i]);
    if (!rows[i].grpc.empty()) CHECK(of_json.rows[i] == of_grpc.rows[i]);
  }
  CHECK(json::diff(of_json.state, of_cbor.state) == json::array());
  CHECK(json::diff(of_json.state, of_grpc.state) == json::array());
}

TEST_CASE("what goes in through one door comes out through the others", "[conformance]") {
  BrokerUnderTest broker;
  AwsDoor json_door(broker.kinesis_port(), AwsFormat::kJson);
  AwsDoor cbor_door(broker.kinesis_port(), AwsFormat::kCbor);
  GrpcDoor grpc_door(broker.channel());
  REQUIRE(
      json_door.Call("CreateStream", {{"StreamName", "orders"}, {"ShardCount", 1}}).error.empty());
  broker.Settle();
  const json put = {{"StreamName", "orders"}, {"PartitionKey", "k"}, {"Data", "AP+A"}};
  REQUIRE(json_door.Call("PutRecord", put).error.empty());
  REQUIRE(cbor_door.Call("PutRecord", put).error.empty());
  const json grpc_put = {{"stream_name", "orders"}, {"partition_key", "k"}, {"data", "AP+A"}};
  REQUIRE(grpc_door.Call("PutRecord", grpc_put).error.empty());

  // An iterator is good at every door.
  const Answer iterator = grpc_door.Call(
      "GetShardIterator", {{"stream_name", "orders"},
                           {"shard_id", "shardId-000000000000"},
                           {"shard_iterator_type", "SHARD_ITERATOR_TYPE_TRIM_HORIZON"}});
  REQUIRE(iterator.error.empty());
  const json& token = iterator.output.at("shard_iterator");
  const json of_json = json_door.Comparable(
      "GetRecords", json_door.Call("GetRecords", {{"ShardIterator", token}}).output);
  const json of_cbor = cbor_door.Comparable(
      "GetRecords", cbor_door.Call("GetRecords", {{"ShardIterator", token}}).output);
  const json of_grpc = grpc_door.Comparable(
      "GetRecords", grpc_door.Call("GetRecords", {{"shard_iterator", token}}).output);
  REQUIRE(of_json.at("records").size() == 3);
  for (const json& record : of_json.at("records")) CHECK(record.at("data") == "AP+A");
  CHECK(of_json == of_cbor);
  CHECK(of_json == of_grpc);
}

}  // namespace
}  // namespace penstock::conformance
