#include "broker/grpc/grpc_server.h"

#include <chrono>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include "tests/support/awaited.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using ::grpc::ByteBuffer;

std::string AddressOf(const GrpcServer& server) {
  return "127.0.0.1:" + std::to_string(server.port());
}

// The answer of grpc.health.v1.Health/Check: HealthCheckResponse{status}, field 1.
std::string Health(const GrpcServer& server) {
  const auto channel =
      ::grpc::CreateChannel(AddressOf(server), ::grpc::InsecureChannelCredentials());
  ::grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer> stub(channel);
  ::grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  const ::grpc::Slice empty("");
  const ByteBuffer request(&empty, 1);
  ByteBuffer response;
  testing::Awaited<::grpc::Status> status;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                 status.Callback());
  if (!status.Get().ok()) return status.Get().error_message();
  ::grpc::Slice slice;
  REQUIRE(response.DumpToSingleSlice(&slice).ok());
  const std::string bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  if (bytes == "\x08\x01") return "SERVING";
  return bytes == "\x08\x02" ? "NOT_SERVING" : bytes;
}

TEST_CASE("grpc server: health is what it is set to") {
  const auto server = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {}});
  REQUIRE(server.ok());
  CHECK((*server)->port() > 0);
  CHECK(Health(**server) == "NOT_SERVING");
  (*server)->SetServing(true);
  CHECK(Health(**server) == "SERVING");
  (*server)->SetServing(false);
  CHECK(Health(**server) == "NOT_SERVING");
}

TEST_CASE("grpc server: a port in use is an error that names it") {
  const auto first = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {}});
  REQUIRE(first.ok());
  const auto second = GrpcServer::Start({.listen = AddressOf(**first), .services = {}});
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK_THAT(std::string(second.status().message()), ContainsSubstring(AddressOf(**first)));
}

TEST_CASE("grpc server: the port is free again after stop, which may be called twice") {
  const auto first = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {}});
  REQUIRE(first.ok());
  const std::string address = AddressOf(**first);
  (*first)->Stop(std::chrono::seconds(1));
  (*first)->Stop(std::chrono::seconds(1));
  CHECK(GrpcServer::Start({.listen = address, .services = {}}).ok());
}

TEST_CASE("callback tick: stops in whatever it is doing") {
  const auto server = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {}});
  REQUIRE(server.ok());
  const auto channel =
      ::grpc::CreateChannel(AddressOf(**server), ::grpc::InsecureChannelCredentials());
  for (int i = 0; i < 200; ++i) {
    CallbackTick tick(channel, std::chrono::milliseconds(i % 3));
    // Let some of them come to their call.
    if (i % 10 == 0) CHECK(Health(**server) == "NOT_SERVING");
    tick.Stop();
    tick.Stop();
  }
}

}  // namespace
}  // namespace penstock::broker
