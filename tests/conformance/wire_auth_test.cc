// With a credentials file signatures are verified.

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "broker/http/http_message.h"
#include "tests/conformance/aws_door.h"
#include "tests/conformance/broker_under_test.h"
#include "tests/support/http_client.h"
#include "tests/support/sigv4_signer.h"

namespace penstock::conformance {
namespace {

using nlohmann::json;

constexpr const char* kBody = R"({"Limit": 10})";

class WireAuthFixture {
 protected:
  WireAuthFixture() {
    signer_.access_key_id = "AKIDTEST";
    signer_.secret = "secret-of-the-key-AKIDTEST";
    signer_.now_ms = broker_.clock().NowMs();
  }

  // Signs `signed_body` and sends `body`: "OK", or the error's type.
  std::string Send(const std::string& signed_body = kBody, const std::string& body = kBody) {
    broker::HttpRequestHead head;
    head.method = "POST";
    head.target = "/";
    head.fields = {{"host", "localhost"},
                   {"content-type", "application/x-amz-json-1.1"},
                   {"x-amz-target", "Kinesis_20131202.ListStreams"}};
    testing::Sign(signer_, signed_body, &head);
    testing::HttpClientFields fields;
    // The client has its own.
    for (const broker::HttpField& field : head.fields)
      if (field.name != "host") fields.emplace_back(field.name, field.value);
    return ResultOf(fields, body);
  }

  std::string ResultOf(const testing::HttpClientFields& fields, const std::string& body) {
    testing::HttpClient client(broker_.kinesis_port());
    const testing::HttpAnswer answer = client.Post("/", fields, body);
    REQUIRE(answer.complete);
    CHECK_FALSE(answer.Field("x-amzn-requestid").empty());
    if (answer.status == 200) return "OK";
    CHECK(answer.status == 400);
    return json::parse(answer.body).at("__type");
  }

  BrokerUnderTest broker_{"[[keys]]\nid = \"AKIDTEST\"\nsecret = \"secret-of-the-key-AKIDTEST\"\n"};
  testing::SigV4SignerOptions signer_;
};

TEST_CASE_METHOD(WireAuthFixture, "a good signature is let in", "[wire]") {
  CHECK(Send() == "OK");
}

TEST_CASE_METHOD(WireAuthFixture, "a signature of another secret is refused", "[wire]") {
  signer_.secret = "secret-of-another-key";
  CHECK(Send() == "InvalidSignatureException");
}

TEST_CASE_METHOD(WireAuthFixture, "a body other than the signed one is refused", "[wire]") {
  CHECK(Send(kBody, R"({"Limit": 11})") == "InvalidSignatureException");
}

TEST_CASE_METHOD(WireAuthFixture, "a key that nobody has is refused", "[wire]") {
  signer_.access_key_id = "AKIDNOBODY";
  CHECK(Send() == "UnrecognizedClientException");
}

TEST_CASE_METHOD(WireAuthFixture, "an old signature, or one for elsewhere, is refused", "[wire]") {
  signer_.now_ms -= 600'000;
  CHECK(Send() == "InvalidSignatureException");
  signer_.now_ms = broker_.clock().NowMs();
  signer_.region = "eu-west-1";
  CHECK(Send() == "InvalidSignatureException");
}

TEST_CASE_METHOD(WireAuthFixture, "what is complete is not good enough", "[wire]") {
  const auto fields = RequestFields("ListStreams", "application/x-amz-json-1.1");
  CHECK(ResultOf(fields, kBody) == "InvalidSignatureException");
}

}  // namespace
}  // namespace penstock::conformance
