#include "broker/kinesis/resource_names.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

const ResourceNames kNames("eu-west-1", "123456789012");
constexpr std::string_view kStream = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
constexpr std::string_view kConsumer =
    "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/audit:1700000000";

TEST_CASE("ARNs: a stream's is made and read", "[kinesis]") {
  CHECK(kNames.StreamArn("orders") == kStream);
  CHECK(kNames.ParseStreamArn("StreamARN", kStream).value() == "orders");
  // Other partitions of AWS have other prefixes.
  CHECK(
      kNames.ParseStreamArn("StreamARN", "arn:aws-cn:kinesis:eu-west-1:123456789012:stream/orders")
          .value() == "orders");
}

TEST_CASE("ARNs: a consumer's has its creation time in seconds", "[kinesis]") {
  CHECK(kNames.ConsumerArn("orders", "audit", 1'700'000'000'999) == kConsumer);
  const auto name = kNames.ParseConsumerArn("ConsumerARN", kConsumer);
  REQUIRE(name.ok());
  CHECK(name->stream_name == "orders");
  CHECK(name->consumer_name == "audit");
  CHECK(name->creation_timestamp_s == 1'700'000'000);
  CHECK(ResourceNames::IsConsumerArn(kConsumer));
  CHECK_FALSE(ResourceNames::IsConsumerArn(kStream));
}

TEST_CASE("ARNs: one of another region or account names nothing here", "[kinesis]") {
  for (const std::string_view arn : {"arn:aws:kinesis:us-east-1:123456789012:stream/orders",
                                     "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"}) {
    INFO(arn);
    const auto name = kNames.ParseStreamArn("StreamARN", arn);
    REQUIRE_FALSE(name.ok());
    CHECK(ReasonOf(name.status()) == ErrorReason::kStreamNotFound);
  }
}

TEST_CASE("ARNs: what is none is refused, naming the field", "[kinesis]") {
  for (const std::string_view arn :
       {std::string_view(""), std::string_view("orders"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream/"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:table/orders"),
        std::string_view("arn:aws:dynamodb:eu-west-1:123456789012:stream/orders"),
        std::string_view("arn:gcp:kinesis:eu-west-1:123456789012:stream/orders"),
        std::string_view("arn:aws:kinesis:eu-west-1:stream/orders"), std::string_view(kConsumer)}) {
    INFO(arn);
    const auto name = kNames.ParseStreamArn("StreamARN", arn);
    REQUIRE_FALSE(name.ok());
    CHECK(ReasonOf(name.status()) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(name.status()) == "StreamARN");
  }
  for (const std::string_view arn :
       {std::string_view(kStream),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/audit"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/:1"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/audit:"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/audit:x"),
        std::string_view("arn:aws:kinesis:eu-west-1:123456789012:stream//consumer/audit:1")}) {
    INFO(arn);
    const auto name = kNames.ParseConsumerArn("ConsumerARN", arn);
    REQUIRE_FALSE(name.ok());
    CHECK(FieldOf(name.status()) == "ConsumerARN");
  }
}

}  // namespace
}  // namespace penstock::broker
