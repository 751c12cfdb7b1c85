#include "tests/conformance/broker_under_test.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "penstock/v1/streams.grpc.pb.h"
#include "tests/support/control_pool.h"

namespace penstock::conformance {
namespace {

// 32 bytes of one letter each, in base64.
constexpr const char* kMainSecret = "bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0=";
constexpr const char* kOtherSecret = "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=";
constexpr const char* kOffSecret = "ZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY=";

std::string KeyEntry(const std::string& id, const std::string& secret, const std::string& more) {
  return "[[keys]]\nid = \"" + id + "\"\nsecret = \"" + secret + "\"\n" + more;
}

bool AllActive(v1::Streams::Stub& streams) {
  ::grpc::ClientContext context;
  v1::ListStreamsRequest request;
  request.set_limit(10'000);
  v1::ListStreamsResponse response;
  REQUIRE(streams.ListStreams(&context, request, &response).ok());
  return std::all_of(response.stream_summaries().begin(), response.stream_summaries().end(),
                     [](const v1::StreamSummary& stream) {
                       return stream.stream_status() == v1::STREAM_STATUS_ACTIVE;
                     });
}

}  // namespace

BrokerUnderTest::BrokerUnderTest(const std::string& credentials) {
  SetMainKey(MainKey::kEnabled);
  broker::BrokerConfig config;
  config.data_dir = folder_.path() + "/data";
  config.grpc_listen.port = 0;
  config.kinesis_listen->port = 0;
  config.admin_listen.reset();
  config.key_ring_file = folder_.path() + "/keys.toml";
  if (!credentials.empty())
    config.credentials_file = WriteFile("credentials.toml", credentials, 0600);
  auto started = broker::Broker::Start(config, clock_);
  INFO(started.status());
  REQUIRE(started.ok());
  broker_ = *std::move(started);
  channel_ = ::grpc::CreateChannel(broker_->grpc_address().ToString(),
                                   ::grpc::InsecureChannelCredentials());
}

void BrokerUnderTest::SetMainKey(MainKey state, unsigned file_mode) {
  std::string text =
      KeyEntry("other", kOtherSecret, "") + KeyEntry("off", kOffSecret, "state = \"disabled\"\n");
  if (state != MainKey::kAbsent) {
    text += KeyEntry("main", kMainSecret,
                     state == MainKey::kEnabled ? "default = true\n" : "state = \"disabled\"\n");
  }
  WriteFile("keys.toml", text, file_mode);
}

std::string BrokerUnderTest::WriteFile(const std::string& name, const std::string& text,
                                       unsigned mode) const {
  const std::string path = folder_.path() + "/" + name;
  std::filesystem::remove(path);
  std::ofstream(path) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

void BrokerUnderTest::Settle() {
  const auto streams = v1::Streams::NewStub(channel_);
  REQUIRE(testing::WaitUntil([&] { return AllActive(*streams); }));
}

}  // namespace penstock::conformance
