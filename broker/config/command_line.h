// CommandLine: what the arguments of penstockd say.
//
// `--name VALUE` or `--name=VALUE` for each setting of the table, `--config FILE`, and the flags
// that ask for something else than to run. A plain value; nothing is read but the arguments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/config/settings.h"

namespace penstock::broker {

enum class CommandLineAction {
  kRun,
  kCheckConfig,
  kMakeCredentials,
  kMakeKeyRing,
  kShowHelp,
  kShowVersion
};

struct CommandLine {
  struct Value {
    const Setting* setting;
    std::string text;
  };

  CommandLineAction action = CommandLineAction::kRun;
  std::optional<std::string> config_file;
  // The file of --make-key-ring; set with that action.
  std::optional<std::string> new_key_ring_file;
  // The file of --make-credentials; set with that action.
  std::optional<std::string> new_credentials_file;
  std::vector<Value> values;

  // `arguments` without the program's name. --help and --version win over all that follows them.
  // INVALID_ARGUMENT naming the flag: unknown, given twice, without its value, or not a flag.
  // Values are not looked at.
  static absl::StatusOr<CommandLine> Parse(const std::vector<std::string>& arguments);
};

}  // namespace penstock::broker
