#include "broker/config/config_file.h"

#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/error.h"
#include "tests/unit/broker/config/config_file_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string ErrorOf(const std::string& path) {
  const auto values = ReadConfigFile(path);
  if (values.ok()) return "no error";
  CHECK(ReasonOf(values.status()) == ErrorReason::kInvalidArgument);
  return std::string(values.status().message());
}

TEST_CASE_METHOD(ConfigFileFixture, "an unknown key is named with its line", "[config]") {
  std::string file = FileWith("# comment\nlanes = 1\nlog_fromat = \"json\"\n");
  CHECK(ErrorOf(file) == file + ":3: unknown key log_fromat (did you mean log_format?)");
  file = FileWith("[grpc]\nlisten = \"127.0.0.1:1\"\n");
  CHECK(ErrorOf(file) == file + ":1: unknown table grpc");
}

TEST_CASE_METHOD(ConfigFileFixture, "a wrong type or range in the file has its line", "[config]") {
  std::string file = FileWith("\nlanes = \"1\"\n");
  CHECK(ErrorOf(file) == file + ":2: lanes is not an integer");
  file = FileWith("data_dir = 1\n");
  CHECK(ErrorOf(file) == file + ":1: data_dir is not a string in quotes");
  file = FileWith("lanes = \n");
  CHECK_THAT(ErrorOf(file), ContainsSubstring(file + ":1: not TOML"));
}

TEST_CASE_METHOD(ConfigFileFixture, "a file that cannot be read is named", "[config]") {
  const std::string missing = folder_.path() + "/none.toml";
  CHECK(ErrorOf(missing) ==
        "cannot read configuration file " + missing + ": No such file or directory");
  CHECK_THAT(ErrorOf(folder_.path()), ContainsSubstring("Is a directory"));
  CHECK_THAT(ErrorOf(FileWith(std::string((1 << 20) + 1, '#'))),
             ContainsSubstring("is larger than 1048576 bytes"));
}

}  // namespace
}  // namespace penstock::broker
