#include "broker/config/config_loader.h"

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/config/command_line.h"
#include "broker/config/settings.h"
#include "common/error.h"
#include "tests/unit/broker/config/config_file_fixture.h"

namespace penstock::broker {
namespace {

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

TEST_CASE("without anything given every setting has its default", "[config]") {
  const auto loaded = Load({});
  REQUIRE(loaded.ok());
  for (const Setting& setting : Settings()) {
    CHECK(ValueOf(setting, loaded->config) == DefaultOf(setting));
  }
  for (const std::string& source : loaded->sources) CHECK(source == "default");
  CHECK(loaded->config.grpc_listen == ListenAddress{"127.0.0.1", 7070});
}

TEST_CASE_METHOD(ConfigFileFixture, "a flag goes over environment over file", "[config]") {
  const std::string file = FileWith("lanes = 2\ncontrol_threads = 3\ntail_ring_mib = 4\n");
  const auto loaded = Load({"--config", file, "--lanes=20"},
                           {"PENSTOCK_LANES=10", "PENSTOCK_CONTROL_THREADS=30", "HOME=/"});
  REQUIRE(loaded.ok());
  CHECK(loaded->config.lanes == 20);
  CHECK(loaded->config.control_threads == 30);
  CHECK(loaded->config.tail_ring_mib == 4);
  const auto source_of = [&](std::string_view name) {
    return loaded->sources[static_cast<size_t>(FindSetting(name) - Settings().data())];
  };
  CHECK(source_of("lanes") == "flag --lanes");
  CHECK(source_of("control-threads") == "environment PENSTOCK_CONTROL_THREADS");
  CHECK(source_of("tail-ring-mib") == file + ":3");
  CHECK(source_of("data-dir") == "default");
}

TEST_CASE_METHOD(ConfigFileFixture, "the file may be named by the environment", "[config]") {
  const std::string file = FileWith("lanes = 7\n");
  const auto loaded = Load({}, {"PENSTOCK_CONFIG=" + file});
  REQUIRE(loaded.ok());
  CHECK(loaded->config.lanes == 7);
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

TEST_CASE_METHOD(ConfigFileFixture, "a wrong file counts also where a flag overrides it",
                 "[config]") {
  const std::string file = FileWith("lanes = 65\n");
  CHECK(ErrorOf({"--config", file, "--lanes=1"}) ==
        file + ":1: lanes is '65', not a whole number from 1 to 64");
}

}  // namespace
}  // namespace penstock::broker
