#include "tests/conformance/aws_door.h"

#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "broker/aws/aws_error.h"
#include "broker/aws/shape.h"
#include "broker/kinesis/kinesis_model.h"
#include "tests/conformance/aws_cbor.h"
#include "tests/conformance/comparable.h"

namespace penstock::conformance {

using broker::AwsFormat;
using broker::AwsOperation;
using broker::Shape;
using broker::StructureShape;
using nlohmann::json;

namespace {

const AwsOperation& OperationOf(const std::string& name) {
  const AwsOperation* const operation = broker::KinesisModel().Find(name);
  REQUIRE(operation != nullptr);
  return *operation;
}

// SubscribeToShard gives events of these.
const StructureShape* EventShape(const StructureShape& output) {
  const Shape& stream = *output.Find("EventStream")->shape;
  return stream.structure->Find("SubscribeToShardEvent")->shape->structure;
}

}  // namespace

testing::HttpClientFields RequestFields(std::string_view operation, std::string_view content_type) {
  return {{"X-Amz-Target", "Kinesis_20131202." + std::string(operation)},
          {"Content-Type", std::string(content_type)},
          {"X-Amz-Date", "20250101T000000Z"},
          {"Authorization",
           "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/us-east-1/kinesis/aws4_request, "
           "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" +
               std::string(64, '0')}};
}

AwsDoor::AwsDoor(uint16_t port, AwsFormat format) : port_(port), format_(format), client_(port) {}

std::string AwsDoor::name() const {
  return format_ == AwsFormat::kJson ? "JSON" : "CBOR";
}

std::string AwsDoor::ErrorOf(const Row& row) const {
  if (!row.aws_error.empty()) return row.aws_error;
  if (!row.error) return "";
  return broker::AwsErrorOf(MakeError(*row.error, "")).type;
}

json AwsDoor::Decode(const StructureShape* shape, const std::string& body) const {
  // Of an operation without an output.
  if (body.empty()) return json::object();
  if (format_ == AwsFormat::kCbor) return DecodeCbor(shape, body);
  json value = json::parse(body, nullptr, /*allow_exceptions=*/false);
  INFO(body);
  REQUIRE(value.is_object());
  return value;
}

Answer AwsDoor::Call(const std::string& operation_name, const json& input) {
  const AwsOperation& operation = OperationOf(operation_name);
  const std::string body =
      format_ == AwsFormat::kJson ? input.dump() : EncodeCbor(*operation.input, input);
  const testing::HttpClientFields fields =
      RequestFields(operation_name, broker::ContentTypeOf(format_));
  if (operation_name == "SubscribeToShard") return Subscribe(fields, body);
  return Read(client_.Post("/", fields, body), operation.output);
}

Answer AwsDoor::Read(const testing::HttpAnswer& answer, const StructureShape* output) const {
  REQUIRE(answer.complete);
  CHECK(answer.Field("content-type") == broker::ContentTypeOf(format_));
  CHECK_FALSE(answer.Field("x-amzn-requestid").empty());
  CHECK_FALSE(answer.Field("x-amz-id-2").empty());
  if (answer.status == 200) {
    CHECK(answer.body.empty() == (output == nullptr));
    return {"", "", Decode(output, answer.body)};
  }
  const json error = Decode(nullptr, answer.body);
  const std::string type = error.at("__type");
  const bool is_serialization = type == broker::kSerializationException;
  CHECK(answer.status == (type == "InternalFailureException" ? 500 : 400));
  return {type, error.at(is_serialization ? "Message" : "message"), {}};
}

Answer AwsDoor::Subscribe(const testing::HttpClientFields& fields, const std::string& body) {
  auto subscriber = std::make_unique<AwsSubscriber>(port_);
  const testing::HttpAnswer answer = subscriber->Subscribe(fields, body);
  if (answer.status != 200) return Read(answer, nullptr);
  CHECK(answer.Field("content-type") == "application/vnd.amazon.eventstream");
  CHECK(subscriber->Next().Header(":event-type") == "initial-response");
  const WireEvent event = subscriber->Next();
  REQUIRE(event.Header(":event-type") == "SubscribeToShardEvent");
  CHECK(event.Header(":content-type") == broker::ContentTypeOf(format_));
  subscribers_.push_back(std::move(subscriber));
  return {"", "", Decode(EventShape(*OperationOf("SubscribeToShard").output), event.payload)};
}

json AwsDoor::Comparable(const std::string& operation_name, const json& output) const {
  const StructureShape* shape = OperationOf(operation_name).output;
  if (shape == nullptr) return json::object();
  if (operation_name == "SubscribeToShard") shape = EventShape(*shape);
  return ComparableOfAws(*shape, output);
}

}  // namespace penstock::conformance
