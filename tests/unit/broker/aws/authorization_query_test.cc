#include "broker/aws/authorization_query.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/aws/sigv4_fixture.h"

namespace penstock::broker {
namespace {

constexpr char kWhole[] =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=id%2F20260131%2Fus-east-1%2Fkinesis%2F"
    "aws4_request&X-Amz-Date=20260131T120000Z&X-Amz-SignedHeaders=host%3Bx-amz-target&"
    "X-Amz-Signature=f00d";

class AuthorizationQueryTest : public SigV4Fixture {
 protected:
  static std::string ErrorIn(const std::string& query, const HttpRequestHead& head = Unsigned()) {
    return ErrorOf(ReadAuthorizationQuery(head, ParseQuery(query)).status());
  }
};

TEST_CASE_METHOD(AuthorizationQueryTest, "the parameters are taken apart", "[sigv4]") {
  auto read = ReadAuthorizationQuery(Unsigned(), ParseQuery(kWhole));
  REQUIRE(read.ok());
  CHECK(read->form == SigV4Authorization::Form::kQuery);
  CHECK(read->access_key_id == "id");
  CHECK(read->scope.Text() == "20260131/us-east-1/kinesis/aws4_request");
  CHECK(read->signed_headers == "host;x-amz-target");
  CHECK(read->signature == "f00d");
  CHECK(read->date == "20260131T120000Z");
  CHECK(read->date_field.empty());
  CHECK_FALSE(read->expires);
  CHECK_FALSE(read->has_security_token);
  read = ReadAuthorizationQuery(
      Unsigned(), ParseQuery(std::string(kWhole) + "&X-Amz-Expires=7&X-Amz-Security-Token="));
  CHECK(read->expires == "7");
  CHECK(read->has_security_token);
}

TEST_CASE_METHOD(AuthorizationQueryTest, "all parameters that are missing are listed", "[sigv4]") {
  CHECK(ErrorIn("X-Amz-Algorithm=&X-Amz-Date=20260131T120000Z") ==
        "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Algorithm'. "
        "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters "
        "must include 'X-Amz-Signature'. AWS query-string parameters must include "
        "'X-Amz-SignedHeaders'. Re-examine the query-string parameters.");
}

TEST_CASE_METHOD(AuthorizationQueryTest, "a part that is there twice is refused", "[sigv4]") {
  for (const std::string name : {"X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires"}) {
    CHECK(ErrorIn(std::string(kWhole) + "&" + name + "=1&" + name + "=1") ==
          "InvalidSignatureException: Query-string parameter '" + name + "' is there twice.");
  }
  HttpRequestHead head = Unsigned();
  head.fields.push_back({"x-amz-date", "20260131T120000Z"});
  CHECK(ErrorIn(kWhole, head) ==
        "InvalidSignatureException: Found 'X-Amz-Date' both as a query-string param and as HTTP "
        "header.");
  std::string query = kWhole;
  Replace(query, "SHA256", "SHA1");
  CHECK(ErrorIn(query) ==
        "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only "
        "AWS4-HMAC-SHA256 for now).");
}

}  // namespace
}  // namespace penstock::broker
