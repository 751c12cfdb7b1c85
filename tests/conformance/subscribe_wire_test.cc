// SubscribeToShard over HTTP/1.1: an event stream in chunks.

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "broker/aws/aws_format.h"
#include "tests/conformance/aws_door.h"
#include "tests/conformance/aws_subscriber.h"
#include "tests/conformance/broker_under_test.h"
#include "tests/support/http_client.h"

namespace penstock::conformance {
namespace {

using nlohmann::json;
using testing::HttpAnswer;

constexpr const char* kJson = "application/x-amz-json-1.1";
constexpr const char* kShard = "shardId-000000000000";

class SubscribeWireFixture {
 protected:
  SubscribeWireFixture() {
    Call("CreateStream", {{"StreamName", "orders"}, {"ShardCount", 1}});
    broker_.Settle();
    const json stream =
        Call("DescribeStreamSummary", {{"StreamName", "orders"}}).at("StreamDescriptionSummary");
    consumer_arn_ = Call("RegisterStreamConsumer",
                         {{"StreamARN", stream.at("StreamARN")}, {"ConsumerName", "audit"}})
                        .at("Consumer")
                        .at("ConsumerARN");
  }

  json Call(const std::string& operation, const json& input) {
    const Answer answer = door_.Call(operation, input);
    INFO(operation << ": " << answer.message);
    REQUIRE(answer.error.empty());
    return answer.output;
  }

  std::string Put(const std::string& data) {
    return Call("PutRecord", {{"StreamName", "orders"}, {"PartitionKey", "k"}, {"Data", data}})
        .at("SequenceNumber");
  }

  HttpAnswer Subscribe(const std::string& arn, const std::string& shard,
                       const std::string& type = "TRIM_HORIZON") {
    const json input = {
        {"ConsumerARN", arn}, {"ShardId", shard}, {"StartingPosition", {{"Type", type}}}};
    return subscriber_.Subscribe(RequestFields("SubscribeToShard", kJson), input.dump());
  }

  // The next event's payload.
  json NextEvent() {
    const WireEvent event = subscriber_.Next();
    REQUIRE(event.Header(":message-type") == "event");
    REQUIRE(event.Header(":event-type") == "SubscribeToShardEvent");
    CHECK(event.Header(":content-type") == kJson);
    return json::parse(event.payload);
  }

  void RefusesBeforeTheStream(const HttpAnswer& answer, const std::string& type) {
    CHECK(answer.status == 400);
    CHECK(answer.Field("content-type") == kJson);
    CHECK(json::parse(answer.body).at("__type") == type);
  }

  BrokerUnderTest broker_;
  AwsDoor door_{broker_.kinesis_port(), broker::AwsFormat::kJson};
  AwsSubscriber subscriber_{broker_.kinesis_port()};
  std::string consumer_arn_;
};

TEST_CASE_METHOD(SubscribeWireFixture, "a subscription begins with its response, then events come",
                 "[wire]") {
  const HttpAnswer answer = Subscribe(consumer_arn_, kShard);
  REQUIRE(answer.status == 200);
  CHECK(answer.Field("transfer-encoding") == "chunked");
  CHECK(answer.Field("content-type") == "application/vnd.amazon.eventstream");
  CHECK_FALSE(answer.Field("x-amzn-requestid").empty());
  const WireEvent initial = subscriber_.Next();
  CHECK(initial.Header(":message-type") == "event");
  CHECK(initial.Header(":event-type") == "initial-response");
  CHECK(initial.payload == "{}");

  // There is nothing yet, and it says where to go on all the same.
  const json idle = NextEvent();
  CHECK(idle.at("Records").empty());
  CHECK(idle.at("MillisBehindLatest") == 0);
  const std::string before = idle.at("ContinuationSequenceNumber");
  CHECK_FALSE(idle.contains("ChildShards"));

  const std::string number = Put("AP+A");
  const json event = NextEvent();
  REQUIRE(event.at("Records").size() == 1);
  CHECK(event.at("Records")[0].at("Data") == "AP+A");
  CHECK(event.at("Records")[0].at("PartitionKey") == "k");
  CHECK(event.at("Records")[0].at("SequenceNumber") == number);
  CHECK(event.at("ContinuationSequenceNumber") == number);
  CHECK(before < number);
}

TEST_CASE_METHOD(SubscribeWireFixture, "where an idle subscription was can be gone on from",
                 "[wire]") {
  REQUIRE(Subscribe(consumer_arn_, kShard).status == 200);
  subscriber_.Next();
  const json continuation = NextEvent().at("ContinuationSequenceNumber");
  const std::string number = Put("AP+A");
  // Another takes its place.
  broker_.clock().AdvanceMs(10'000);
  AwsSubscriber next(broker_.kinesis_port());
  const json input = {
      {"ConsumerARN", consumer_arn_},
      {"ShardId", kShard},
      {"StartingPosition", {{"Type", "AFTER_SEQUENCE_NUMBER"}, {"SequenceNumber", continuation}}}};
  const HttpAnswer answer = next.Subscribe(RequestFields("SubscribeToShard", kJson), input.dump());
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  next.Next();
  const json event = json::parse(next.Next().payload);
  REQUIRE(event.at("Records").size() == 1);
  CHECK(event.at("Records")[0].at("SequenceNumber") == number);
}

TEST_CASE_METHOD(SubscribeWireFixture, "one whose place is taken is told so in the stream",
                 "[wire]") {
  REQUIRE(Subscribe(consumer_arn_, kShard).status == 200);
  subscriber_.Next();
  NextEvent();
  broker_.clock().AdvanceMs(10'000);
  const json input = {{"ConsumerARN", consumer_arn_},
                      {"ShardId", kShard},
                      {"StartingPosition", {{"Type", "LATEST"}}}};
  Call("SubscribeToShard", input);
  // Events that say that there is nothing may have become due before.
  WireEvent end = subscriber_.Next();
  while (end.Header(":message-type") == "event") end = subscriber_.Next();
  CHECK(end.Header(":message-type") == "exception");
  CHECK(end.Header(":exception-type") == "ResourceInUseException");
  CHECK_FALSE(json::parse(end.payload).at("message").empty());
  CHECK(subscriber_.Next().headers.empty());
}

TEST_CASE_METHOD(SubscribeWireFixture, "the end of a shard names its children and nothing after it",
                 "[wire]") {
  Put("AP+A");
  REQUIRE(Subscribe(consumer_arn_, kShard).status == 200);
  subscriber_.Next();
  CHECK(NextEvent().at("Records").size() == 1);
  Call("SplitShard", {{"StreamName", "orders"},
                      {"ShardToSplit", kShard},
                      {"NewStartingHashKey", "170141183460469231731687303715884105728"}});
  const json end = NextEvent();
  CHECK(end.at("Records").empty());
  CHECK_FALSE(end.contains("ContinuationSequenceNumber"));
  const json& children = end.at("ChildShards");
  REQUIRE(children.size() == 2);
  CHECK(children[0].at("ShardId") == "shardId-000000000001");
  CHECK(children[1].at("ShardId") == "shardId-000000000002");
  for (const json& child : children) CHECK(child.at("ParentShards") == json::array({kShard}));
  CHECK(children[0].at("HashKeyRange").at("StartingHashKey") == "0");
  CHECK(children[1].at("HashKeyRange").at("StartingHashKey") ==
        "170141183460469231731687303715884105728");
  // Then the stream ends as HTTP ends it.
  CHECK(subscriber_.Next().headers.empty());
}

TEST_CASE_METHOD(SubscribeWireFixture, "what is wrong is told before there is a stream", "[wire]") {
  const std::string nobody = consumer_arn_.substr(0, consumer_arn_.find("audit")) + "nobody:1";
  RefusesBeforeTheStream(Subscribe(nobody, kShard), "ResourceNotFoundException");
  RefusesBeforeTheStream(Subscribe(consumer_arn_, "shardId-000000000009"),
                         "ResourceNotFoundException");
  RefusesBeforeTheStream(Subscribe(consumer_arn_, kShard, "AT_TIMESTAMP"),
                         "InvalidArgumentException");
  RefusesBeforeTheStream(Subscribe(consumer_arn_, kShard, "SOON"), "ValidationException");
  RefusesBeforeTheStream(Subscribe("audit", kShard), "ValidationException");
  // The connection is good for another.
  CHECK(Subscribe(consumer_arn_, kShard).status == 200);
}

}  // namespace
}  // namespace penstock::conformance
