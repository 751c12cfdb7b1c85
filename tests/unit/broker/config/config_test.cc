// Flags, environment and file: precedence, unknown names, types and ranges.

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/config/command_line.h"
#include "broker/config/config_loader.h"
#include "broker/config/config_text.h"
#include "broker/config/settings.h"
#include "common/error.h"
#include "tests/unit/broker/temporary_folder.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Strings = std::vector<std::string>;

absl::StatusOr<LoadedConfig> Load(const Strings& arguments, const Strings& environment = {}) {
  absl::StatusOr<CommandLine> line = CommandLine::Parse(arguments);
  if (!line.ok()) return line.status();
  return LoadConfig(*line, environment);
}

std::string ErrorOf(const Strings& arguments, const Strings& environment = {}) {
  const auto loaded = Load(arguments, environment);
  if (loaded.ok()) return "no error";
  CHECK(ReasonOf(loaded.status()) == ErrorReason::kInvalidArgument);
  return std::string(loaded.status().message());
}

class ConfigFileFixture {
 protected:
  // The path of a configuration file with that text.
  std::string FileWith(const std::string& text) {
    const std::string path = folder_.path() + "/penstock.toml";
    std::ofstream(path, std::ios::trunc) << text;
    return path;
  }

  TemporaryFolder folder_;
};

TEST_CASE("without anything given every setting has its default", "[config]") {
  const auto loaded = Load({});
  REQUIRE(loaded.ok());
  for (const Setting& setting : Settings()) {
    CHECK(ValueOf(setting, loaded->config) == DefaultOf(setting));
  }
  for (const std::string& source : loaded->sources) CHECK(source == "default");
  CHECK(loaded->config.grpc_listen == ListenAddress{"127.0.0.1", 7070});
}

TEST_CASE("every default and every limit is accepted by its own setting", "[config]") {
  for (const Setting& setting : Settings()) {
    INFO(setting.name);
    BrokerConfig config;
    CHECK(ApplySetting(setting, DefaultOf(setting), &config).ok());
    const auto* integer = std::get_if<IntegerSetting>(&setting.value);
    if (integer == nullptr) continue;
    CHECK(ApplySetting(setting, std::to_string(integer->min), &config).ok());
    CHECK(ApplySetting(setting, std::to_string(integer->max), &config).ok());
    CHECK(config.*integer->field == integer->max);
    CHECK_FALSE(ApplySetting(setting, std::to_string(integer->max + 1), &config).ok());
    CHECK_FALSE(ApplySetting(setting, std::to_string(int64_t{integer->min} - 1), &config).ok());
    CHECK(config.*integer->field == integer->max);
  }
}

TEST_CASE_METHOD(ConfigFileFixture, "a flag goes over environment over file", "[config]") {
  const std::string file = FileWith("lanes = 2\ncontrol_threads = 3\ntail_ring_mib = 4\n");
  const auto loaded = Load({"--config", file, "--lanes=20"},
                           {"PENSTOCK_LANES=10", "PENSTOCK_CONTROL_THREADS=30", "HOME=/"});
  REQUIRE(loaded.ok());
  CHECK(loaded->config.lanes == 20);
  CHECK(loaded->config.control_threads == 30);
  CHECK(loaded->config.tail_ring_mib == 4);
  const std::string toml = ConfigAsToml(*loaded);
  CHECK_THAT(toml, ContainsSubstring("# flag --lanes"));
  CHECK_THAT(toml, ContainsSubstring("# environment PENSTOCK_CONTROL_THREADS"));
  CHECK_THAT(toml, ContainsSubstring("# " + file + ":3"));
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

TEST_CASE_METHOD(ConfigFileFixture, "the file may be named by the environment", "[config]") {
  const std::string file = FileWith("lanes = 7\n");
  const auto loaded = Load({}, {"PENSTOCK_CONFIG=" + file});
  REQUIRE(loaded.ok());
  CHECK(loaded->config.lanes == 7);
}

TEST_CASE("an unknown flag is named, with the nearest one", "[config]") {
  CHECK(ErrorOf({"--lane", "2"}) == "unknown flag --lane (did you mean --lanes?)");
  CHECK(ErrorOf({"--grpc-listne=x"}) == "unknown flag --grpc-listne (did you mean --grpc-listen?)");
  CHECK(ErrorOf({"--frobnicate"}) == "unknown flag --frobnicate");
  CHECK(ErrorOf({"lanes"}) == "argument 'lanes' is not a flag");
  CHECK(ErrorOf({"--"}) == "argument '--' is not a flag");
  CHECK(ErrorOf({"--lanes"}) == "--lanes needs a value");
  CHECK(ErrorOf({"--lanes=1", "--lanes", "1"}) == "--lanes is given twice");
  CHECK(ErrorOf({"--config=a", "--config=b"}) == "--config is given twice");
  CHECK(ErrorOf({"--version=1"}) == "--version takes no value");
}

TEST_CASE("an unknown variable is named, with the nearest one", "[config]") {
  CHECK(ErrorOf({}, {"PENSTOCK_LANE=2"}) ==
        "unknown environment variable PENSTOCK_LANE (did you mean PENSTOCK_LANES?)");
  CHECK(ErrorOf({}, {"PENSTOCK_FROBNICATE=2"}) ==
        "unknown environment variable PENSTOCK_FROBNICATE");
  CHECK(ErrorOf({}, {"PENSTOCK_METRICS_PORT=9600"}) ==
        "unknown environment variable PENSTOCK_METRICS_PORT");
  CHECK(ErrorOf({}, {"PENSTOCK_LANES=two"}) ==
        "PENSTOCK_LANES is 'two', not a whole number from 1 to 64");
}

TEST_CASE("variables of the client and of Kubernetes are not the broker's", "[config]") {
  const auto loaded =
      Load({}, {"PENSTOCK_ENDPOINT=127.0.0.1:1", "PENSTOCK_SERVICE_HOST=10.0.0.1",
                "PENSTOCK_SERVICE_PORT=7070", "PENSTOCK_SERVICE_PORT_GRPC=7070",
                "PENSTOCK_PORT=tcp://10.0.0.1:7070", "PENSTOCK_PORT_7070_TCP=tcp://10.0.0.1:7070",
                "PENSTOCK_PORT_7070_TCP_PROTO=tcp", "PENSTOCK_0_PORT_7070_TCP_ADDR=10.0.0.1",
                "PENSTOCKLANES=9"});
  CHECK(loaded.ok());
}

TEST_CASE_METHOD(ConfigFileFixture, "an unknown key is named with its line", "[config]") {
  std::string file = FileWith("# comment\nlanes = 1\nlog_fromat = \"json\"\n");
  CHECK(ErrorOf({"--config", file}) ==
        file + ":3: unknown key log_fromat (did you mean log_format?)");
  file = FileWith("[grpc]\nlisten = \"127.0.0.1:1\"\n");
  CHECK(ErrorOf({"--config", file}) == file + ":1: unknown table grpc");
}

TEST_CASE_METHOD(ConfigFileFixture, "a wrong type or range in the file has its line", "[config]") {
  std::string file = FileWith("\nlanes = \"1\"\n");
  CHECK(ErrorOf({"--config", file}) == file + ":2: lanes is not an integer");
  file = FileWith("data_dir = 1\n");
  CHECK(ErrorOf({"--config", file}) == file + ":1: data_dir is not a string in quotes");
  file = FileWith("lanes = -1\n");
  CHECK(ErrorOf({"--config", file}) == file + ":1: lanes is '-1', not a whole number from 1 to 64");
  file = FileWith("lanes = \n");
  CHECK_THAT(ErrorOf({"--config", file}), ContainsSubstring(file + ":1: not TOML"));
}

TEST_CASE_METHOD(ConfigFileFixture, "a wrong file counts also where a flag overrides it",
                 "[config]") {
  const std::string file = FileWith("lanes = 65\n");
  CHECK_THAT(ErrorOf({"--config", file, "--lanes=1"}), ContainsSubstring("lanes is '65'"));
}

TEST_CASE_METHOD(ConfigFileFixture, "a file that cannot be read is named", "[config]") {
  const std::string missing = folder_.path() + "/none.toml";
  CHECK(ErrorOf({"--config", missing}) ==
        "cannot read configuration file " + missing + ": No such file or directory");
  CHECK_THAT(ErrorOf({"--config", folder_.path()}), ContainsSubstring("Is a directory"));
  CHECK_THAT(ErrorOf({"--config", FileWith(std::string((1 << 20) + 1, '#'))}),
             ContainsSubstring("is larger than 1048576 bytes"));
}

TEST_CASE("addresses are HOST:PORT", "[config]") {
  for (const char* good : {"127.0.0.1:0", "0.0.0.0:65535", "localhost:7070", "[::]:1", "[::1]:7070",
                           "broker-0.penstock.svc:7070"}) {
    INFO(good);
    const auto address = ListenAddress::Parse(good);
    REQUIRE(address.ok());
    CHECK(address->ToString() == good);
  }
  for (const char* bad : {"", "7070", ":7070", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                          "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "::1:7070", "[::1]",
                          "[::zz]:1", "[]:1", "a b:1", "http://localhost:1", "127.0.0.1:000001"}) {
    INFO(bad);
    CHECK_FALSE(ListenAddress::Parse(bad).ok());
  }
  CHECK(ErrorOf({"--grpc-listen", "7070"}) ==
        "--grpc-listen is '7070', not HOST:PORT with a port of 0 to 65535");
  CHECK(ListenAddress{"127.1.2.3", 1}.IsLoopback());
  CHECK(ListenAddress{"::1", 1}.IsLoopback());
  CHECK_FALSE(ListenAddress{"0.0.0.0", 1}.IsLoopback());
}

TEST_CASE("a choice names what may be chosen", "[config]") {
  CHECK(ErrorOf({"--log-format", "xml"}) == "--log-format is 'xml', not one of text, json");
  CHECK(ErrorOf({"--data-dir="}) == "--data-dir is empty");
}

TEST_CASE("flags that do not run the broker", "[config]") {
  CHECK(CommandLine::Parse({"--check-config"})->action == CommandLineAction::kCheckConfig);
  CHECK(CommandLine::Parse({"--version", "--nonsense"})->action == CommandLineAction::kShowVersion);
  CHECK(CommandLine::Parse({"-h"})->action == CommandLineAction::kShowHelp);
  CHECK(CommandLine::Parse({})->action == CommandLineAction::kRun);
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
