// What operators and tools ask a gRPC server for: health and reflection.
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

constexpr std::chrono::seconds kPatience(30);

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  REQUIRE(buffer.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& slice : slices)
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

grpc::ByteBuffer ToBuffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

TEST_CASE("the broker says that it is healthy") {
  Fixture fixture;
  grpc::GenericStub stub(
      grpc::CreateChannel(fixture.broker().endpoint(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", ToBuffer(""), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  REQUIRE(queue.Next(&tag, &ok));
  CHECK(status.ok());
  // HealthCheckResponse.status = SERVING.
  CHECK(ToString(response) == "\x08\x01");
}

TEST_CASE("the broker lists its services") {
  Fixture fixture;
  grpc::GenericStub stub(
      grpc::CreateChannel(fixture.broker().endpoint(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::CompletionQueue queue;
  const auto next = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  call->StartCall(nullptr);
  REQUIRE(next());
  // ServerReflectionRequest.list_services = "*".
  call->Write(ToBuffer("\x3a\x01*"), nullptr);
  REQUIRE(next());
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  REQUIRE(next());
  const std::string services = ToString(response);
  for (const char* service :
       {"penstock.v1.Streams", "penstock.v1.Records", "grpc.health.v1.Health"}) {
    CAPTURE(service);
    CHECK(services.find(service) != std::string::npos);
  }
  call->WritesDone(nullptr);
  REQUIRE(next());
  grpc::Status status;
  call->Finish(&status, nullptr);
  REQUIRE(next());
  CHECK(status.ok());
}

}  // namespace
}  // namespace penstock::test
