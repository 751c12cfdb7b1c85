#include "client/rpc/channel_pool.h"

#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/mutex.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::rpc {
namespace {

TEST_CASE("an endpoint is host and port") {
  for (const char* endpoint :
       {"127.0.0.1:7070", "localhost:1", "[::1]:65535", "broker-1.example.com:7070"}) {
    CAPTURE(endpoint);
    CHECK(ValidateEndpoint(endpoint).ok());
  }
  for (const char* endpoint :
       {"", ":", ":7070", "localhost", "localhost:", "localhost:0", "localhost:65536",
        "localhost:x", "::1:7070", "http://localhost:7070", "unix:/tmp/socket", "a b:1",
        "localhost:-1", "localhost:7070/"}) {
    CAPTURE(endpoint);
    CHECK(absl::IsInvalidArgument(ValidateEndpoint(endpoint)));
  }
}

TEST_CASE("waiting for a connection ends when there is one, or says where there is none") {
  std::string endpoint;
  {
    const test::FakeBroker broker;
    endpoint = broker.endpoint();
    ChannelPool pool(endpoint, 1);
    CHECK(pool.WaitUntilConnected(absl::Seconds(20)).ok());
  }
  ChannelPool pool(endpoint, 1);
  const absl::Status error = pool.WaitUntilConnected(absl::Milliseconds(50));
  CHECK(absl::IsUnavailable(error));
  CHECK(std::string(error.message()) == "no broker answers at " + endpoint);
}

TEST_CASE("each channel has a connection of its own, taken in turn") {
  test::FakeBroker broker;
  Mutex mutex;
  std::set<std::string> peers;
  broker.list_streams.on_call = [&](const grpc::ServerContext& call) {
    MutexLock lock(mutex);
    peers.insert(call.peer());
  };
  ChannelPool pool(broker.endpoint(), 3);
  for (int i = 0; i < 6; ++i) {
    grpc::ClientContext context;
    v1::ListStreamsResponse response;
    pool.streams().ListStreams(&context, {}, &response);
  }
  MutexLock lock(mutex);
  CHECK(peers.size() == 3);
}

}  // namespace
}  // namespace penstock::rpc
