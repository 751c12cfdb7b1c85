#include "broker/config/command_line.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

std::string ErrorOf(const std::vector<std::string>& arguments) {
  const auto line = CommandLine::Parse(arguments);
  if (line.ok()) return "no error";
  CHECK(ReasonOf(line.status()) == ErrorReason::kInvalidArgument);
  return std::string(line.status().message());
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

TEST_CASE("flags that do not run the broker", "[config]") {
  CHECK(CommandLine::Parse({"--check-config"})->action == CommandLineAction::kCheckConfig);
  CHECK(CommandLine::Parse({"--version", "--nonsense"})->action == CommandLineAction::kShowVersion);
  CHECK(CommandLine::Parse({"-h"})->action == CommandLineAction::kShowHelp);
  const auto make_ring = CommandLine::Parse({"--make-key-ring", "keys.toml"});
  CHECK(make_ring->action == CommandLineAction::kMakeKeyRing);
  CHECK(make_ring->new_key_ring_file == "keys.toml");
  CHECK(ErrorOf({"--make-key-ring"}) == "--make-key-ring needs a value");
  CHECK(ErrorOf({"--make-key-ring=a", "--make-key-ring=b"}) == "--make-key-ring is given twice");
  CHECK(ErrorOf({"--make-key-rin=a"}) ==
        "unknown flag --make-key-rin (did you mean --make-key-ring?)");
  const auto make_credentials = CommandLine::Parse({"--make-credentials=keys.toml"});
  CHECK(make_credentials->action == CommandLineAction::kMakeCredentials);
  CHECK(make_credentials->new_credentials_file == "keys.toml");
  CHECK(ErrorOf({"--make-credentials"}) == "--make-credentials needs a value");
  CHECK(ErrorOf({"--make-credentials=a", "--make-key-ring=b"}) ==
        "--make-key-ring and --make-credentials are two things to do: give one");
  CHECK(CommandLine::Parse({})->action == CommandLineAction::kRun);
}

}  // namespace
}  // namespace penstock::broker
