#include "broker/aws/authorization_header.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/aws/sigv4_fixture.h"

namespace penstock::broker {
namespace {

constexpr char kWhole[] =
    "AWS4-HMAC-SHA256 Credential=id/20260131/us-east-1/kinesis/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=f00d";

class AuthorizationHeaderTest : public SigV4Fixture {
 protected:
  static HttpRequestHead Dated() {
    HttpRequestHead head = Unsigned();
    head.fields.push_back({"x-amz-date", "20260131T120000Z"});
    return head;
  }
  static std::string ErrorIn(const std::string& value, const HttpRequestHead& head = Dated()) {
    return ErrorOf(ReadAuthorizationHeader(head, value).status());
  }
};

TEST_CASE_METHOD(AuthorizationHeaderTest, "an Authorization is taken apart", "[sigv4]") {
  const std::string without_blanks =
      "AWS4-HMAC-SHA256 Credential=id/20260131/us-east-1/kinesis/aws4_request,"
      "SignedHeaders=host;x-amz-date,Signature=f00d";
  const std::string in_another_order =
      "  AWS4-HMAC-SHA256\tSignature=f00d , SignedHeaders = host;x-amz-date,, "
      "Credential=id/20260131/us-east-1/kinesis/aws4_request,";
  for (const std::string& value : {std::string(kWhole), without_blanks, in_another_order}) {
    CAPTURE(value);
    const auto read = ReadAuthorizationHeader(Dated(), value);
    REQUIRE(read.ok());
    CHECK(read->form == SigV4Authorization::Form::kHeader);
    CHECK(read->access_key_id == "id");
    CHECK(read->scope.Text() == "20260131/us-east-1/kinesis/aws4_request");
    CHECK(read->signed_headers == "host;x-amz-date");
    CHECK(read->signature == "f00d");
    CHECK(read->date == "20260131T120000Z");
    CHECK(read->date_field == "x-amz-date");
    CHECK_FALSE(read->has_security_token);
  }
}

TEST_CASE_METHOD(AuthorizationHeaderTest, "X-Amz-Date goes before Date", "[sigv4]") {
  HttpRequestHead head = Unsigned();
  head.fields.push_back({"date", "Sat, 31 Jan 2026 12:00:00 GMT"});
  auto read = ReadAuthorizationHeader(head, kWhole);
  CHECK(read->date == "Sat, 31 Jan 2026 12:00:00 GMT");
  CHECK(read->date_field == "date");
  head.fields.push_back({"x-amz-date", "20260131T120000Z"});
  read = ReadAuthorizationHeader(head, kWhole);
  CHECK(read->date_field == "x-amz-date");
}

TEST_CASE_METHOD(AuthorizationHeaderTest, "all that is missing is listed", "[sigv4]") {
  // Of SHA-256, in base64, of the value: printf %s VALUE | openssl dgst -sha256 -binary | base64
  const std::string hashed = "(Hashed with SHA-256 and encoded with Base64) Authorization=";
  CHECK(ErrorIn("AWS4-HMAC-SHA256", Unsigned()) ==
        "IncompleteSignatureException: Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'Signature' parameter. Authorization header requires "
        "'SignedHeaders' parameter. Authorization header requires existence of either a "
        "'X-Amz-Date' or a 'Date' header. " +
            hashed + "YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=");
  std::string value = kWhole;
  Replace(value, "Signature=f00d", "Signature=");
  const std::string error = ErrorIn(value);
  CHECK(error.substr(0, error.find(hashed)) ==
        "IncompleteSignatureException: Authorization header requires 'Signature' parameter. ");
}

TEST_CASE_METHOD(AuthorizationHeaderTest, "a part that has not its form is refused", "[sigv4]") {
  CHECK(ErrorIn("AWS4-HMAC-SHA512 Credential=x") ==
        "IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only "
        "AWS4-HMAC-SHA256 for now).");
  for (const std::string value : {"Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", " "}) {
    CHECK(ErrorIn(value) ==
          "IncompleteSignatureException: Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for "
          "now).");
  }
  CHECK(ErrorIn("AWS4-HMAC-SHA256 Credential") ==
        "IncompleteSignatureException: Invalid key=value pair (missing equal-sign) in "
        "Authorization header (hashed with SHA-256 and encoded with Base64): "
        "'KfSoC26UaBDGXxo5AUFS45c1cmAbyLKDOxOTKcZYWt4='.");
  CHECK(ErrorIn(std::string(kWhole) + ", Signature=beef") ==
        "IncompleteSignatureException: Authorization header has 'Signature' parameter twice.");
  for (const std::string credential :
       {"id", "id/20260131/us-east-1/kinesis", "id/20260131/us-east-1/kinesis/aws4_request/x",
        "/20260131/us-east-1/kinesis/aws4_request"}) {
    std::string value = kWhole;
    Replace(value, "id/20260131/us-east-1/kinesis/aws4_request", credential);
    CHECK(ErrorIn(value) ==
          "IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, "
          "e.g. keyid/date/region/service/term, got '" +
              credential + "'");
  }
}

}  // namespace
}  // namespace penstock::broker
