#include "broker/aws/aws_endpoint.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/clock.h"

namespace penstock::broker {
namespace {

class EndpointFixture {
 protected:
  static HttpRequestHead Head(const std::string& host, const std::string& origin = "") {
    HttpRequestHead head;
    head.method = "POST";
    head.target = "/";
    head.fields = {{"host", host}};
    if (!origin.empty()) head.fields.push_back({"origin", origin});
    head.peer = "127.0.0.1:50000";
    head.peer_is_loopback = true;
    return head;
  }
  // 0 if it is admitted.
  int StatusOf(const HttpRequestHead& head) {
    const auto refusal = endpoint_.Admit(head);
    return refusal.has_value() ? refusal->status : 0;
  }

  SigV4Verifier verifier_{{.clock = &SystemClock::Get()}};
  AwsEndpoint endpoint_{Options(verifier_)};

 private:
  static AwsEndpointOptions Options(SigV4Verifier& verifier) {
    AwsEndpointOptions options;
    options.verifier = &verifier;
    return options;
  }
};

TEST_CASE_METHOD(EndpointFixture, "endpoint: without credentials this machine is served alone",
                 "[aws]") {
  HttpRequestHead head = Head("localhost:4567");
  CHECK(StatusOf(head) == 0);
  head.peer_is_loopback = false;
  CHECK(StatusOf(head) == 403);
}

TEST_CASE_METHOD(EndpointFixture, "endpoint: without credentials it answers to its own names",
                 "[aws]") {
  for (const char* const host :
       {"localhost", "LOCALHOST:80", "127.0.0.1:4567", "127.8.9.10", "[::1]", "[::1]:4567"}) {
    INFO(host);
    CHECK(StatusOf(Head(host)) == 0);
  }
  // A page's name that was turned to this machine.
  for (const char* const host : {"", "rebound.example.org", "localhost.example.org:4567",
                                 "127.0.0.1.example.org", "10.0.0.1", "[::2]", "0.0.0.0"}) {
    INFO(host);
    CHECK(StatusOf(Head(host)) == 403);
  }
  HttpRequestHead none = Head("localhost");
  none.fields.clear();
  CHECK(StatusOf(none) == 403);
}

TEST_CASE_METHOD(EndpointFixture, "endpoint: without credentials pages of elsewhere are refused",
                 "[aws]") {
  CHECK(StatusOf(Head("localhost", "http://localhost:3000")) == 0);
  CHECK(StatusOf(Head("localhost", "https://127.0.0.1")) == 0);
  for (const char* const origin :
       {"null", "http://example.org", "file://", "https://localhost.example.org"}) {
    INFO(origin);
    CHECK(StatusOf(Head("localhost", origin)) == 403);
  }
}

}  // namespace
}  // namespace penstock::broker
