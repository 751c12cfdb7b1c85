#include "broker/encryption/key_id.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

std::string NameOf(std::string_view text) {
  const absl::StatusOr<KeyId> id = KeyId::Parse(text);
  REQUIRE(id.ok());
  return id->is_default ? "(default)" : id->name;
}

ErrorReason ReasonFor(std::string_view text) {
  const absl::StatusOr<KeyId> id = KeyId::Parse(text);
  REQUIRE_FALSE(id.ok());
  return ReasonOf(id.status());
}

TEST_CASE("each form of a key id of Kinesis stands for a key of the ring", "[encryption]") {
  CHECK(NameOf("orders-2026") == "orders-2026");
  CHECK(NameOf("1234abcd-12ab-34cd-56ef-1234567890ab") == "1234abcd-12ab-34cd-56ef-1234567890ab");
  CHECK(NameOf("arn:aws:kms:eu-central-1:123456789012:key/orders") == "orders");
  CHECK(NameOf("arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-12ab") == "mrk-12ab");
  CHECK(NameOf("alias/orders") == "orders");
  CHECK(NameOf("alias/team/orders") == "orders");
  CHECK(NameOf("arn:aws:kms:eu-central-1:123456789012:alias/orders") == "orders");
  CHECK(NameOf("alias/aws/kinesis") == "(default)");
  CHECK(NameOf("arn:aws:kms:eu-central-1:123456789012:alias/aws/kinesis") == "(default)");
}

TEST_CASE("what is no key id is refused, and the field named", "[encryption]") {
  for (const char* text :
       {"", "key/orders", "alias/", "orders/2026", "two words", "arn:aws:s3:::key/orders",
        "arn:aws:kms:eu-central-1:123456789012:orders", "arn:aws:kms:key/orders",
        "arn:", "alias/a\"b"}) {
    INFO(text);
    CHECK(ReasonFor(text) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(KeyId::Parse(text).status()) == "key_id");
  }
  CHECK(NameOf(std::string(kKeyIdCharsMax, 'k')).size() == kKeyIdCharsMax);
  CHECK(ReasonFor(std::string(kKeyIdCharsMax + 1, 'k')) == ErrorReason::kInvalidArgument);
}

TEST_CASE("keys of other AWS services are not there", "[encryption]") {
  CHECK(ReasonFor("alias/aws/s3") == ErrorReason::kKmsNotFound);
  CHECK(ReasonFor("arn:aws:kms:eu-central-1:1:alias/aws/dynamodb") == ErrorReason::kKmsNotFound);
}

}  // namespace
}  // namespace penstock::broker
