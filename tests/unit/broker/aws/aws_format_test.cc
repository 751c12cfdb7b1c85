#include "broker/aws/aws_format.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("formats are known by their content types", "[aws]") {
  CHECK(AwsFormatOf("application/x-amz-json-1.1") == AwsFormat::kJson);
  CHECK(AwsFormatOf("application/x-amz-cbor-1.1") == AwsFormat::kCbor);
  CHECK(AwsFormatOf(ContentTypeOf(AwsFormat::kJson)) == AwsFormat::kJson);
  CHECK(AwsFormatOf(ContentTypeOf(AwsFormat::kCbor)) == AwsFormat::kCbor);
}

TEST_CASE("parameters, blanks and case of a content type do not matter", "[aws]") {
  CHECK(AwsFormatOf("application/x-amz-json-1.1; charset=utf-8") == AwsFormat::kJson);
  CHECK(AwsFormatOf("application/x-amz-json-1.1;charset=utf-8") == AwsFormat::kJson);
  CHECK(AwsFormatOf(" Application/X-AMZ-CBOR-1.1\t;") == AwsFormat::kCbor);
}

TEST_CASE("other content types are none", "[aws]") {
  for (const char* type : {"", " ", ";", "application/json", "application/x-amz-json-1.0",
                           "application/x-amz-json-1.12", "x application/x-amz-json-1.1"}) {
    INFO(type);
    CHECK_FALSE(AwsFormatOf(type).has_value());
  }
}

}  // namespace
}  // namespace penstock::broker
