// The Kinesis endpoint as a client meets it on the wire, before any operation: targets, formats,
// methods, the order of checks.

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "tests/conformance/aws_door.h"
#include "tests/conformance/broker_under_test.h"
#include "tests/support/http_client.h"

namespace penstock::conformance {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::HttpClientFields;

constexpr const char* kJson = "application/x-amz-json-1.1";

class WireFixture {
 protected:
  // Looks at what each answer must have, whatever it says.
  HttpAnswer Post(const HttpClientFields& fields, const std::string& body) {
    return Checked(client_.Post("/", fields, body));
  }

  HttpAnswer Send(const std::string& method, const std::string& fields) {
    client_.Send(method + " / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return Checked(client_.Receive());
  }

  static HttpAnswer Checked(HttpAnswer answer) {
    REQUIRE(answer.complete);
    CHECK(answer.Field("x-amzn-requestid").size() == 36);
    CHECK_FALSE(answer.Field("x-amz-id-2").empty());
    CHECK_FALSE(answer.Field("date").empty());
    return answer;
  }

  static std::string TypeOf(const HttpAnswer& answer) {
    INFO(answer.body);
    const json error = json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    return error.is_object() ? error.value("__type", "") : "not JSON";
  }

  static HttpClientFields Without(HttpClientFields fields, const std::string& name) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    return fields;
  }

  static HttpClientFields With(HttpClientFields fields, const std::string& name,
                               const std::string& value) {
    fields = Without(std::move(fields), name);
    fields.emplace_back(name, value);
    return fields;
  }

  BrokerUnderTest broker_;
  HttpClient client_{broker_.kinesis_port()};
};

TEST_CASE_METHOD(WireFixture, "a target that is not known is an unknown operation", "[wire]") {
  for (const char* const target : {"Kinesis_20131202.FlyAway", "Kinesis_20131202.listStreams",
                                   "Kinesis_20131202.", "DynamoDB_20120810.ListTables", "x"}) {
    const HttpAnswer answer =
        Post(With(RequestFields("ListStreams", kJson), "X-Amz-Target", target), "{}");
    CHECK(answer.status == 400);
    CHECK(TypeOf(answer) == "UnknownOperationException");
  }
  const HttpAnswer none = Post(Without(RequestFields("ListStreams", kJson), "X-Amz-Target"), "{}");
  CHECK(none.status == 400);
  CHECK(TypeOf(none) == "UnknownOperationException");
}

TEST_CASE_METHOD(WireFixture, "without a content type of the protocol there is no operation",
                 "[wire]") {
  const HttpAnswer none = Post(Without(RequestFields("ListStreams", kJson), "Content-Type"), "{}");
  CHECK(none.status == 404);
  CHECK_THAT(none.body, ContainsSubstring("<UnknownOperationException/>"));
  // AWS has an older protocol under the second.
  for (const char* const type : {"text/plain", "application/json"})
    CHECK(Post(RequestFields("ListStreams", type), "{}").status == 404);
}

TEST_CASE_METHOD(WireFixture, "the formats of the protocol may be written in several ways",
                 "[wire]") {
  for (const char* const type :
       {"application/x-amz-json-1.1", "application/x-amz-json-1.1; charset=utf-8",
        "Application/X-Amz-Json-1.1"}) {
    INFO(type);
    const HttpAnswer answer = Post(RequestFields("ListStreams", type), "{}");
    CHECK(answer.status == 200);
    CHECK(answer.Field("content-type") == kJson);
    CHECK(json::parse(answer.body).at("StreamNames").empty());
  }
}

TEST_CASE_METHOD(WireFixture, "no body is an empty input", "[wire]") {
  CHECK(Post(RequestFields("ListStreams", kJson), "").status == 200);
}

TEST_CASE_METHOD(WireFixture, "another method than POST is no operation", "[wire]") {
  for (const char* const method : {"GET", "PUT", "DELETE"}) {
    const HttpAnswer answer = Send(method, "");
    CHECK(answer.status == 403);
    CHECK_THAT(answer.body, ContainsSubstring("<AccessDeniedException>"));
  }
  // The connection is as good as before.
  CHECK(Post(RequestFields("ListStreams", kJson), "{}").status == 200);
}

TEST_CASE_METHOD(WireFixture, "a page of this machine may ask and call", "[wire]") {
  const HttpAnswer preflight = Send("OPTIONS",
                                    "Origin: http://localhost:3000\r\n"
                                    "Access-Control-Request-Method: POST\r\n"
                                    "Access-Control-Request-Headers: x-amz-target\r\n");
  CHECK(preflight.status == 200);
  CHECK(preflight.body.empty());
  CHECK(preflight.Field("access-control-allow-origin") == "*");
  CHECK(preflight.Field("access-control-allow-methods") == "POST");
  CHECK(preflight.Field("access-control-allow-headers") == "x-amz-target");
  CHECK(preflight.Field("access-control-max-age") == "172800");

  HttpClientFields fields = RequestFields("ListStreams", kJson);
  CHECK(Post(fields, "{}").Field("access-control-allow-origin").empty());
  fields.emplace_back("Origin", "http://localhost:3000");
  const HttpAnswer answer = Post(fields, "{}");
  CHECK(answer.Field("access-control-allow-origin") == "*");
  CHECK_THAT(answer.Field("access-control-expose-headers"), ContainsSubstring("x-amzn-RequestId"));
}

// Without credentials whoever is on this machine may call: also what a browser runs for a page of elsewhere, were it not refused.
TEST_CASE_METHOD(WireFixture, "a page of elsewhere is refused while there are no credentials",
                 "[wire]") {
  for (const char* const origin :
       {"http://example.org", "https://localhost.example.org", "http://127.0.0.1.example.org",
        "null", "http://10.0.0.1", "file://"}) {
    INFO(origin);
    HttpClientFields fields = RequestFields("ListStreams", kJson);
    fields.emplace_back("Origin", origin);
    CHECK(Post(fields, "{}").status == 403);
    CHECK(Send("OPTIONS", std::string("Origin: ") + origin + "\r\n").status == 403);
  }
  for (const char* const origin :
       {"http://127.0.0.1", "https://[::1]:8443", "http://LOCALHOST:1"}) {
    INFO(origin);
    HttpClientFields fields = RequestFields("ListStreams", kJson);
    fields.emplace_back("Origin", origin);
    CHECK(Post(fields, "{}").status == 200);
  }
}

TEST_CASE_METHOD(WireFixture, "a body that is not of its format cannot be read", "[wire]") {
  for (const char* const body :
       {"{", "[]", "nonsense", R"({"Limit": })", R"({"Limit": "many"})", R"({"Limit": 1} more)"}) {
    INFO(body);
    const HttpAnswer answer = Post(RequestFields("ListStreams", kJson), body);
    CHECK(answer.status == 400);
    CHECK(TypeOf(answer) == "SerializationException");
  }
  const HttpAnswer cbor = Post(RequestFields("ListStreams", "application/x-amz-cbor-1.1"), "{}");
  CHECK(cbor.status == 400);
  CHECK(cbor.Field("content-type") == "application/x-amz-cbor-1.1");
  CHECK_THAT(cbor.body, ContainsSubstring("SerializationException"));
}

TEST_CASE_METHOD(WireFixture, "a request says who signed it, though it is not verified", "[wire]") {
  const HttpClientFields good = RequestFields("ListStreams", kJson);
  const HttpAnswer none = Post(Without(good, "Authorization"), "{}");
  CHECK(none.status == 400);
  CHECK(TypeOf(none) == "MissingAuthenticationTokenException");
  for (const char* const authorization :
       {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/us-east-1/kinesis/aws4_request",
        "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host"}) {
    INFO(authorization);
    const HttpAnswer broken = Post(With(good, "Authorization", authorization), "{}");
    CHECK(broken.status == 400);
    CHECK(TypeOf(broken) == "IncompleteSignatureException");
  }
}

TEST_CASE_METHOD(WireFixture, "all that breaks the model is told at once", "[wire]") {
  const HttpAnswer answer = Post(
      RequestFields("PutRecord", kJson),
      json{{"StreamName", "two words"}, {"PartitionKey", ""}, {"ExplicitHashKey", "x"}}.dump());
  CHECK(answer.status == 400);
  CHECK(TypeOf(answer) == "ValidationException");
  const std::string message = json::parse(answer.body).at("message");
  CHECK_THAT(message, ContainsSubstring("4 validation errors detected: "));
  CHECK_THAT(message, ContainsSubstring("Value 'two words' at 'streamName' failed"));
  CHECK_THAT(message, ContainsSubstring("at 'data' failed to satisfy constraint: Member must not "
                                        "be null"));
  CHECK_THAT(message, ContainsSubstring("Value '' at 'partitionKey' failed"));
  CHECK_THAT(message, ContainsSubstring("Value 'x' at 'explicitHashKey' failed"));
}

TEST_CASE_METHOD(WireFixture, "who asks, then types, then constraints, then the operation",
                 "[wire]") {
  const std::string wrong_type = R"({"StreamName": "two words", "Limit": "many"})";
  const std::string wrong_value = R"({"StreamName": "two words", "ExclusiveStartShardId": "x"})";
  const std::string wrong_request = R"({"StreamName": "nowhere", "ExclusiveStartShardId": "x"})";
  const HttpClientFields fields = RequestFields("DescribeStream", kJson);
  CHECK(TypeOf(Post(Without(fields, "Authorization"), wrong_type)) ==
        "MissingAuthenticationTokenException");
  CHECK(TypeOf(Post(fields, wrong_type)) == "SerializationException");
  CHECK(TypeOf(Post(fields, wrong_value)) == "ValidationException");
  CHECK(TypeOf(Post(fields, wrong_request)) == "InvalidArgumentException");
  CHECK(TypeOf(Post(fields, R"({"StreamName": "nowhere"})")) == "ResourceNotFoundException");
}

TEST_CASE_METHOD(WireFixture, "each answer has ids of its own", "[wire]") {
  const HttpClientFields fields = RequestFields("ListStreams", kJson);
  const HttpAnswer first = Post(fields, "{}");
  const HttpAnswer second = Post(fields, "{}");
  CHECK(first.Field("x-amzn-requestid") != second.Field("x-amzn-requestid"));
  CHECK(first.Field("x-amz-id-2") != second.Field("x-amz-id-2"));
}

TEST_CASE_METHOD(WireFixture, "what belongs to another stream than StreamARN is refused",
                 "[wire]") {
  const auto call = [this](const char* operation, const json& input) {
    return Post(RequestFields(operation, kJson), input.dump());
  };
  const auto arn_of = [&](const char* name) {
    const HttpAnswer answer = call("DescribeStreamSummary", {{"StreamName", name}});
    return json::parse(answer.body)["StreamDescriptionSummary"]["StreamARN"].get<std::string>();
  };
  for (const char* const name : {"mine", "other"}) {
    REQUIRE(call("CreateStream", {{"StreamName", name}, {"ShardCount", 1}}).status == 200);
  }
  broker_.Settle();
  const std::string mine = arn_of("mine");
  const std::string other = arn_of("other");

  const json iterator = json::parse(call("GetShardIterator", {{"StreamName", "mine"},
                                                              {"ShardId", "shardId-000000000000"},
                                                              {"ShardIteratorType", "LATEST"}})
                                        .body)["ShardIterator"];
  CHECK(call("GetRecords", {{"ShardIterator", iterator}, {"StreamARN", mine}}).status == 200);
  const HttpAnswer records =
      call("GetRecords", {{"ShardIterator", iterator}, {"StreamARN", other}});
  CHECK(records.status == 400);
  CHECK(TypeOf(records) == "InvalidArgumentException");
  CHECK_THAT(records.body, ContainsSubstring("is of stream mine"));

  for (const char* const consumer : {"a", "b"}) {
    REQUIRE(
        call("RegisterStreamConsumer", {{"StreamARN", mine}, {"ConsumerName", consumer}}).status ==
        200);
  }
  const json page =
      json::parse(call("ListStreamConsumers", {{"StreamARN", mine}, {"MaxResults", 1}}).body);
  REQUIRE(page.contains("NextToken"));
  CHECK(
      call("ListStreamConsumers", {{"StreamARN", mine}, {"NextToken", page["NextToken"]}}).status ==
      200);
  const HttpAnswer consumers =
      call("ListStreamConsumers", {{"StreamARN", other}, {"NextToken", page["NextToken"]}});
  CHECK(consumers.status == 400);
  CHECK(TypeOf(consumers) == "InvalidArgumentException");
}

}  // namespace
}  // namespace penstock::conformance
