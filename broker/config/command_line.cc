#include "broker/config/command_line.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/config/nearest_name.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

absl::Status Refuse(std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, what);
}

std::string SuggestFlag(std::string_view flag) {
  std::vector<std::string> flags = {"--config",        "--check-config", "--make-credentials",
                                    "--make-key-ring", "--help",         "--version"};
  for (const Setting& setting : Settings()) flags.push_back("--" + std::string(setting.name));
  return DidYouMean(flag, flags);
}

// Flags that ask for something else than to run, and take no value.
std::optional<CommandLineAction> ActionOf(std::string_view flag) {
  if (flag == "--help" || flag == "-h") return CommandLineAction::kShowHelp;
  if (flag == "--version") return CommandLineAction::kShowVersion;
  if (flag == "--check-config") return CommandLineAction::kCheckConfig;
  return std::nullopt;
}

// Flags that are no settings, and take a file. Null for any other.
std::optional<std::string>* FileOf(std::string_view flag, CommandLine* line) {
  if (flag == "--config") return &line->config_file;
  if (flag == "--make-credentials") return &line->new_credentials_file;
  if (flag == "--make-key-ring") return &line->new_key_ring_file;
  return nullptr;
}

bool WinsOverTheRest(CommandLineAction action) {
  return action == CommandLineAction::kShowHelp || action == CommandLineAction::kShowVersion;
}

}  // namespace

absl::StatusOr<CommandLine> CommandLine::Parse(const std::vector<std::string>& arguments) {
  CommandLine line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (const std::optional<CommandLineAction> action = ActionOf(argument)) {
      line.action = *action;
      if (WinsOverTheRest(*action)) return line;
      continue;
    }
    if (argument.compare(0, 2, "--") != 0 || argument.size() == 2) {
      return Refuse(absl::StrCat("argument '", Excerpt(argument), "' is not a flag"));
    }
    const size_t equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const Setting* setting = FindSetting(std::string_view(flag).substr(2));
    std::optional<std::string>* const file = FileOf(flag, &line);
    if (setting == nullptr && file == nullptr) {
      if (ActionOf(flag)) return Refuse(absl::StrCat(flag, " takes no value"));
      return Refuse(absl::StrCat("unknown flag ", Excerpt(flag), SuggestFlag(flag)));
    }

    std::string text;
    if (equals != std::string::npos) {
      text = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      text = arguments[++i];
    } else {
      return Refuse(absl::StrCat(flag, " needs a value"));
    }

    const auto given = [setting](const Value& value) { return value.setting == setting; };
    const bool twice = setting == nullptr
                           ? file->has_value()
                           : std::any_of(line.values.begin(), line.values.end(), given);
    if (twice) return Refuse(absl::StrCat(flag, " is given twice"));
    if (setting == nullptr) {
      *file = std::move(text);
    } else {
      line.values.push_back({setting, std::move(text)});
    }
  }
  if (line.new_key_ring_file && line.new_credentials_file) {
    return Refuse("--make-key-ring and --make-credentials are two things to do: give one");
  }
  if (line.new_key_ring_file) line.action = CommandLineAction::kMakeKeyRing;
  if (line.new_credentials_file) line.action = CommandLineAction::kMakeCredentials;
  return line;
}

}  // namespace penstock::broker
