#include "tests/conformance/grpc_door.h"

#include <chrono>
#include <future>
#include <utility>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "broker/kinesis/kinesis_model.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/conformance/comparable.h"
#include "tests/support/control_pool.h"

namespace penstock::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using nlohmann::json;

json JsonOf(const Message& message);

// Every enum of penstock.v1 has <PREFIX>UNSPECIFIED as its 0.
std::string NameOf(const EnumValueDescriptor& value) {
  static const std::string kZero = "UNSPECIFIED";
  const std::string zero = value.type()->FindValueByNumber(0)->name();
  return value.name().substr(zero.size() - kZero.size());
}

// `index` -1: the field is not repeated.
json ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const auto get = [&](auto of_repeated, auto of_one) {
    return index >= 0 ? (reflection.*of_repeated)(message, &field, index)
                      : (reflection.*of_one)(message, &field);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return get(&Reflection::GetRepeatedInt32, &Reflection::GetInt32);
    case FieldDescriptor::CPPTYPE_UINT32:
      return get(&Reflection::GetRepeatedUInt32, &Reflection::GetUInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(get(&Reflection::GetRepeatedInt64, &Reflection::GetInt64));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(get(&Reflection::GetRepeatedUInt64, &Reflection::GetUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return get(&Reflection::GetRepeatedDouble, &Reflection::GetDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return get(&Reflection::GetRepeatedFloat, &Reflection::GetFloat);
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetRepeatedBool, &Reflection::GetBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return NameOf(*get(&Reflection::GetRepeatedEnum, &Reflection::GetEnum));
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string bytes = get(&Reflection::GetRepeatedString, &Reflection::GetString);
      return field.type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(bytes) : bytes;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return JsonOf(index >= 0 ? reflection.GetRepeatedMessage(message, &field, index)
                               : reflection.GetMessage(message, &field));
  }
  return {};
}

json JsonOf(const Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  json out = json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      json items = json::array();
      for (int at = 0; at < reflection.FieldSize(message, &field); ++at)
        items.push_back(ValueOf(message, field, at));
      out[field.name()] = std::move(items);
    } else if (!field.has_presence() || reflection.HasField(message, &field)) {
      out[field.name()] = ValueOf(message, field, -1);
    }
  }
  return out;
}

const MethodDescriptor& MethodOf(const std::string& operation) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  for (const char* const service : {"Streams", "Records", "Consumers", "Account"}) {
    const std::string name = std::string("penstock.v1.") + service + "." + operation;
    if (const auto* const method = pool.FindMethodByName(name)) return *method;
  }
  FAIL("no service of penstock.v1 has a method " << operation);
  std::abort();
}

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  auto* const factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<Message>(factory->GetPrototype(type)->New());
}

void Fill(const json& input, Message* message) {
  const auto parsed = google::protobuf::util::JsonStringToMessage(input.dump(), message);
  INFO(input << " " << parsed.ToString());
  REQUIRE(parsed.ok());
}

Answer ErrorAnswer(const ::grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (details.ParseFromString(status.error_details()) && details.details_size() > 0 &&
      details.details(0).UnpackTo(&info)) {
    return {info.reason(), status.error_message(), {}};
  }
  return {"gRPC " + std::to_string(status.error_code()), status.error_message(), {}};
}

::grpc::ByteBuffer Serialized(const Message& message) {
  const ::grpc::Slice slice(message.SerializeAsString());
  return ::grpc::ByteBuffer(&slice, 1);
}

void Parse(const ::grpc::ByteBuffer& buffer, Message* message) {
  std::vector<::grpc::Slice> slices;
  REQUIRE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const ::grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  REQUIRE(message->ParseFromString(bytes));
}

}  // namespace

GrpcDoor::GrpcDoor(const std::shared_ptr<::grpc::Channel>& channel)
    : stub_(channel), records_(v1::Records::NewStub(channel)) {}

GrpcDoor::~GrpcDoor() {
  for (const auto& subscriber : subscribers_) subscriber->context.TryCancel();
}

std::string GrpcDoor::ErrorOf(const Row& row) const {
  return row.error ? std::string(TraitsOf(*row.error).name) : "";
}

Answer GrpcDoor::Call(const std::string& operation, const json& input) {
  if (operation == "SubscribeToShard") return Subscribe(input);
  const MethodDescriptor& method = MethodOf(operation);
  const std::unique_ptr<Message> request = NewMessage(method.input_type());
  Fill(input, request.get());
  const ::grpc::ByteBuffer sent = Serialized(*request);
  ::grpc::ByteBuffer received;
  ::grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + testing::kTestDeadline);
  std::promise<::grpc::Status> done;
  stub_.UnaryCall(&context, "/" + method.service()->full_name() + "/" + method.name(), {}, &sent,
                  &received, [&done](::grpc::Status status) { done.set_value(std::move(status)); });
  const ::grpc::Status status = done.get_future().get();
  if (!status.ok()) return ErrorAnswer(status);
  const std::unique_ptr<Message> response = NewMessage(method.output_type());
  Parse(received, response.get());
  return {"", "", JsonOf(*response)};
}

Answer GrpcDoor::Subscribe(const json& input) {
  v1::SubscribeToShardRequest request;
  Fill(input, &request);
  auto subscriber = std::make_unique<Subscriber>();
  subscriber->reader = records_->SubscribeToShard(&subscriber->context, request);
  v1::SubscribeToShardEvent event;
  if (!subscriber->reader->Read(&event)) return ErrorAnswer(subscriber->reader->Finish());
  subscribers_.push_back(std::move(subscriber));
  return {"", "", JsonOf(event)};
}

json GrpcDoor::Comparable(const std::string& operation_name, const json& output) const {
  const broker::AwsOperation& operation = *broker::KinesisModel().Find(operation_name);
  if (operation.output == nullptr) {
    CHECK(output.empty());
    return json::object();
  }
  const broker::StructureShape* shape = operation.output;
  if (operation_name == "SubscribeToShard") {
    shape = shape->Find("EventStream")->shape->structure;
    shape = shape->Find("SubscribeToShardEvent")->shape->structure;
  }
  return ComparableOfGrpc(*shape, output);
}

}  // namespace penstock::conformance
