// What a broker must refuse to start with, and that it says why.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

using Catch::Matchers::ContainsSubstring;

std::vector<std::string> FlagsFor(const std::filesystem::path& data_dir) {
  return {"--data-dir",     data_dir.string(), "--grpc-listen",    "127.0.0.1:0",
          "--admin-listen", "127.0.0.1:0",     "--kinesis-listen", "127.0.0.1:0"};
}

void CheckRefused(const RunResult& result, const std::string& named) {
  INFO(result.errors);
  REQUIRE(result.status.has_value());
  CHECK(result.status->code > 0);
  CHECK_THAT(result.errors, ContainsSubstring(named));
}

TEST_CASE("a second broker on one data directory is refused, and the first goes on") {
  Fixture fixture;
  fixture.CreateStream("orders");
  CheckRefused(BrokerProcess::RunToEnd(FlagsFor(fixture.broker().data_dir())),
               fixture.broker().data_dir().string());
  CHECK(fixture.client().PutRecord("orders", {"data", "key"}).ok());
}

TEST_CASE("a port that is taken is named") {
  const TempDirectory temp;
  const std::string data_dir = (temp.path() / "data").string();
  const Descriptor taken(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(bind(taken.value(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(taken.value(), 1) == 0);
  REQUIRE(getsockname(taken.value(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const std::string endpoint = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  CheckRefused(BrokerProcess::RunToEnd({"--data-dir", data_dir, "--grpc-listen", endpoint,
                                        "--admin-listen", "off", "--kinesis-listen", "off"}),
               endpoint);
  const RunResult admin =
      BrokerProcess::RunToEnd({"--data-dir", data_dir, "--grpc-listen", "127.0.0.1:0",
                               "--admin-listen", endpoint, "--kinesis-listen", "off"});
  CheckRefused(admin, endpoint);
  // The setting too: of a port that nobody asked for.
  CheckRefused(admin, "admin-listen");
  const RunResult kinesis =
      BrokerProcess::RunToEnd({"--data-dir", data_dir, "--grpc-listen", "127.0.0.1:0",
                               "--admin-listen", "off", "--kinesis-listen", endpoint});
  CheckRefused(kinesis, endpoint);
  CheckRefused(kinesis, "kinesis-listen");
}

TEST_CASE("a directory of something else is refused and left as it is") {
  const TempDirectory temp;
  const std::filesystem::path data = temp.path() / "data";
  std::filesystem::create_directory(data);
  { const Descriptor file = OpenLog(data / "thesis.txt"); }
  CheckRefused(BrokerProcess::RunToEnd(FlagsFor(data)), data.string());
  size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data)) {
    CHECK(entry.path().filename() == "thesis.txt");
    ++entries;
  }
  CHECK(entries == 1);
}

TEST_CASE("a directory that a newer broker wrote is refused") {
  Fixture fixture;
  fixture.CreateStream("orders");
  REQUIRE(fixture.broker().Terminate() == ExitStatus{.code = 0});
  const std::filesystem::path format = fixture.broker().data_dir() / "FORMAT";
  const std::string original = ReadFile(format);
  nlohmann::json json = nlohmann::json::parse(original);
  json["format_version"] = 99;
  fixture.WriteFile("data/FORMAT", json.dump());
  CheckRefused(BrokerProcess::RunToEnd(FlagsFor(fixture.broker().data_dir())), "99");
  // Nothing was changed by the attempt.
  fixture.WriteFile("data/FORMAT", original);
  fixture.StartBroker();
  CHECK(fixture.client().DescribeStreamSummary("orders").ok());
}

TEST_CASE("settings that nobody knows are refused by name") {
  const TempDirectory temp;
  std::vector<std::string> flags = FlagsFor(temp.path() / "data");
  SECTION("a flag") {
    flags.emplace_back("--log-levle=info");
    CheckRefused(BrokerProcess::RunToEnd(flags), "log-levle");
  }
  SECTION("a variable") {
    CheckRefused(BrokerProcess::RunToEnd(flags, {{"PENSTOCK_LOG_LEVLE", "info"}}),
                 "PENSTOCK_LOG_LEVLE");
  }
  SECTION("a key of the configuration file") {
    const std::filesystem::path config = temp.path() / "penstock.toml";
    const Descriptor file = OpenLog(config);
    const std::string text = "log_level = \"info\"\nlog_levle = \"info\"\n";
    REQUIRE(write(file.value(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    flags.insert(flags.end(), {"--config", config.string()});
    CheckRefused(BrokerProcess::RunToEnd(flags), "log_levle");
  }
  SECTION("a value") {
    flags.emplace_back("--log-level=loud");
    CheckRefused(BrokerProcess::RunToEnd(flags), "loud");
  }
  CHECK_FALSE(std::filesystem::exists(temp.path() / "data"));
}

TEST_CASE("a key ring is made once, for its user alone") {
  const TempDirectory temp;
  const std::filesystem::path ring = temp.path() / "keys.toml";
  const RunResult made = BrokerProcess::RunToEnd({"--make-key-ring", ring.string()});
  INFO(made.errors);
  CHECK(made.status == ExitStatus{.code = 0});
  using std::filesystem::perms;
  CHECK(std::filesystem::status(ring).permissions() == (perms::owner_read | perms::owner_write));
  const std::string before = ReadFile(ring);
  CheckRefused(BrokerProcess::RunToEnd({"--make-key-ring", ring.string()}), ring.string());
  CHECK(ReadFile(ring) == before);
}

TEST_CASE("a credentials file is made once, for its user alone, and its secret is not printed") {
  const TempDirectory temp;
  const std::filesystem::path file = temp.path() / "credentials.toml";
  const RunResult made = BrokerProcess::RunToEnd({"--make-credentials", file.string()});
  INFO(made.errors);
  CHECK(made.status == ExitStatus{.code = 0});
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  const std::string before = ReadFile(file);
  const std::string mark = "secret = \"";
  const size_t at = before.find(mark);
  REQUIRE(at != std::string::npos);
  CHECK(made.output.find(before.substr(at + mark.size(), 40)) == std::string::npos);
  CheckRefused(BrokerProcess::RunToEnd({"--make-credentials", file.string()}), file.string());
  CHECK(ReadFile(file) == before);
}

}  // namespace
}  // namespace penstock::test
