#include "broker/config/config_text.h"

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/config/command_line.h"
#include "broker/config/settings.h"
#include "tests/unit/broker/config/config_file_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Strings = std::vector<std::string>;

absl::StatusOr<LoadedConfig> Load(const Strings& arguments, const Strings& environment = {}) {
  absl::StatusOr<CommandLine> line = CommandLine::Parse(arguments);
  if (!line.ok()) return line.status();
  return LoadConfig(*line, environment);
}

TEST_CASE_METHOD(ConfigFileFixture, "what --check-config prints can be read back", "[config]") {
  const Strings given = {"--data-dir", "/tmp/a \"b\"\\c", "--grpc-listen=[::1]:0",
                         "--log-level=error", "--stop-timeout-ms=0"};
  const auto loaded = Load(given);
  REQUIRE(loaded.ok());
  const auto again = Load({"--config", FileWith(ConfigAsToml(*loaded))});
  REQUIRE(again.ok());
  for (const Setting& setting : Settings()) {
    CHECK(ValueOf(setting, again->config) == ValueOf(setting, loaded->config));
  }
}

TEST_CASE("help and the documentation have every setting", "[config]") {
  const std::string help = HelpText();
  for (const Setting& setting : Settings()) {
    CHECK_THAT(help, ContainsSubstring("--" + std::string(setting.name) + " "));
  }
  std::ifstream file(PENSTOCK_SOURCE_DIR "/docs/configuration.md");
  REQUIRE(file.is_open());
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // On a difference: replace the table in the page with this text.
  CHECK_THAT(page, ContainsSubstring(SettingsAsMarkdown()));
}

}  // namespace
}  // namespace penstock::broker
