#include "storage/data_directory.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_CASE("a directory is made, marked, and known again", "[data_directory]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/a/b";
  std::string id;
  {
    auto directory = DataDirectory::Open(path, 3);
    REQUIRE(directory.ok());
    CHECK(directory->lanes() == 3);
    CHECK_FALSE(directory->initialized());
    id = directory->directory_id();
    CHECK(id.size() == 32);
    REQUIRE(directory->MarkInitialized().ok());
  }
  const auto again = DataDirectory::Open(path, 1);
  REQUIRE(again.ok());
  CHECK(again->lanes() == 3);
  CHECK(again->initialized());
  CHECK(again->directory_id() == id);
}

TEST_CASE("a start that died before the stores were made may be tried again", "[data_directory]") {
  const testing::TemporaryFolder folder;
  WriteFile(folder.path() + "/LOCK", "1");
  WriteFile(folder.path() + "/FORMAT.tmp", "{");
  CHECK(DataDirectory::Open(folder.path()).ok());
}

TEST_CASE("two cannot hold one directory", "[data_directory]") {
  const testing::TemporaryFolder folder;
  {
    const auto first = DataDirectory::Open(folder.path());
    REQUIRE(first.ok());
    const auto second = DataDirectory::Open(folder.path());
    REQUIRE_FALSE(second.ok());
    CHECK(ReasonOf(second.status()) == ErrorReason::kDataDirectoryInUse);
    CHECK(std::string(second.status().message()).find(folder.path()) != std::string::npos);
    CHECK(std::string(second.status().message()).find(std::to_string(getpid())) !=
          std::string::npos);
  }
  CHECK(DataDirectory::Open(folder.path()).ok());
}

TEST_CASE("a foreign directory is refused and left as it was", "[data_directory]") {
  const testing::TemporaryFolder folder;
  WriteFile(folder.path() + "/thesis.tex", "years of work");
  const auto directory = DataDirectory::Open(folder.path());
  REQUIRE_FALSE(directory.ok());
  CHECK(ReasonOf(directory.status()) == ErrorReason::kForeignData);
  CHECK(std::string(directory.status().message()).find("thesis.tex") != std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a FORMAT that is not ours is refused", "[data_directory]") {
  const testing::TemporaryFolder folder;
  const std::string format = GENERATE(
      std::string(""), std::string("{"), std::string("[]"), std::string("{}"),
      std::string(R"({"product":"other","format_version":1})"),
      std::string(R"({"product":"penstock"})"),
      std::string(R"({"product":"penstock","format_version":1})"),
      std::string(
          R"({"product":"penstock","format_version":1,"lanes":0,"directory_id":"x","initialized":true})"),
      std::string(100'000, '['));
  WriteFile(folder.path() + "/FORMAT", format);
  const auto directory = DataDirectory::Open(folder.path());
  REQUIRE_FALSE(directory.ok());
  CHECK(ReasonOf(directory.status()) == ErrorReason::kForeignData);
  CHECK(ReadFile(folder.path() + "/FORMAT") == format);
}

TEST_CASE("a newer format is refused, naming both versions", "[data_directory]") {
  const testing::TemporaryFolder folder;
  { REQUIRE(DataDirectory::Open(folder.path()).ok()); }
  nlohmann::json format = nlohmann::json::parse(ReadFile(folder.path() + "/FORMAT"));
  format["format_version"] = 2;
  WriteFile(folder.path() + "/FORMAT", format.dump());
  const auto directory = DataDirectory::Open(folder.path());
  REQUIRE_FALSE(directory.ok());
  CHECK(ReasonOf(directory.status()) == ErrorReason::kNewerFormat);
  CHECK(std::string(directory.status().message())
            .find("format version 2; this program knows versions up to 1") != std::string::npos);
}

TEST_CASE("a path that cannot be a directory is named", "[data_directory]") {
  const testing::TemporaryFolder folder;
  WriteFile(folder.path() + "/file", "");
  const auto directory = DataDirectory::Open(folder.path() + "/file/data");
  REQUIRE_FALSE(directory.ok());
  CHECK(ReasonOf(directory.status()) == ErrorReason::kStorageFailed);
  CHECK(std::string(directory.status().message()).find(folder.path() + "/file/data") !=
        std::string::npos);
  CHECK_FALSE(DataDirectory::Open(folder.path() + "/new", 0).ok());
  CHECK_FALSE(DataDirectory::Open(folder.path() + "/new", 65).ok());
}

}  // namespace
}  // namespace penstock::storage
