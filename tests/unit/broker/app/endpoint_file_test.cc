#include "broker/app/endpoint_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

TEST_CASE("the endpoint file tells pid and address, and goes with its owner", "[app]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/endpoint.json";
  {
    EndpointFile endpoint(path);
    REQUIRE(endpoint.Write({"127.0.0.1:40571", "127.0.0.1:40573", "127.0.0.1:40575"}).ok());
    std::string line;
    std::ifstream file(path);
    REQUIRE(std::getline(file, line));
    CHECK(line == "{\"pid\":" + std::to_string(::getpid()) +
                      R"(,"grpc":"127.0.0.1:40571","admin":"127.0.0.1:40573",)" +
                      R"("kinesis":"127.0.0.1:40575"})");
    // Nothing else is left behind.
    const std::filesystem::directory_iterator files(folder.path());
    CHECK(std::distance(begin(files), end(files)) == 1);
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("an endpoint file that cannot be written is named", "[app]") {
  const testing::TemporaryFolder folder;
  EndpointFile endpoint(folder.path() + "/none/endpoint.json");
  const absl::Status written = endpoint.Write({.grpc = "127.0.0.1:1", .admin = "", .kinesis = ""});
  CHECK(ReasonOf(written) == ErrorReason::kStorageFailed);
  CHECK_THAT(std::string(written.message()),
             Catch::Matchers::ContainsSubstring("/none/endpoint.json: No such file or directory"));
}

TEST_CASE("a file left behind is removed, one of a running broker or of anyone else is not",
          "[app]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/endpoint.json";
  const auto survives = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    EndpointFile(path).RemoveStale();
    return std::filesystem::exists(path);
  };
  // No process has this number: it is above what the system gives.
  CHECK_FALSE(survives(R"({"pid":1073741824,"grpc":"127.0.0.1:1"})"));
  CHECK_FALSE(survives("{\"pid\":" + std::to_string(::getpid()) + ",\"grpc\":\"127.0.0.1:1\"}"));
  CHECK(survives("{\"pid\":" + std::to_string(::getppid()) + ",\"grpc\":\"127.0.0.1:1\"}"));
  CHECK(survives("my notes"));
}

TEST_CASE("an admin port that is off is not in the endpoint file", "[app]") {
  const testing::TemporaryFolder folder;
  EndpointFile endpoint(folder.path() + "/endpoint.json");
  REQUIRE(endpoint.Write({.grpc = "127.0.0.1:40571", .admin = "", .kinesis = ""}).ok());
  std::string line;
  std::ifstream file(folder.path() + "/endpoint.json");
  REQUIRE(std::getline(file, line));
  CHECK(line.find("admin") == std::string::npos);
}

TEST_CASE("without a path there is no endpoint file", "[app]") {
  EndpointFile endpoint("");
  CHECK(endpoint.Write({.grpc = "127.0.0.1:1", .admin = "", .kinesis = ""}).ok());
}

}  // namespace
}  // namespace penstock::broker
