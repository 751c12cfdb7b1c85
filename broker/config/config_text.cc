#include "broker/config/config_text.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include <toml++/toml.h>

#include "broker/config/settings.h"

namespace penstock::broker {
namespace {

constexpr size_t kHelpColumns = 100;
constexpr size_t kHelpIndent = 30;

std::string TomlString(const std::string& text) {
  std::ostringstream out;
  // TOML's own quoting; single quotes would make paths with backslashes readable, but two forms
  // are harder to read back by eye than one.
  out << toml::toml_formatter(toml::value<std::string>(text), toml::format_flags::none);
  return out.str();
}

// Breaks `text` at blanks, each line after the first behind kHelpIndent blanks.
std::string Wrap(const std::string& text) {
  std::string wrapped;
  size_t column = kHelpIndent;
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column + word.size() > kHelpColumns) {
      absl::StrAppend(&wrapped, "\n", std::string(kHelpIndent, ' '));
      column = kHelpIndent;
    } else if (column > kHelpIndent) {
      wrapped += ' ';
    }
    absl::StrAppend(&wrapped, word);
    column += word.size() + 1;
  }
  return wrapped;
}

std::string HelpLine(std::string_view flag, const std::string& text) {
  return absl::StrFormat("  %-*s%s\n", static_cast<int>(kHelpIndent) - 2, std::string(flag),
                         Wrap(text));
}

std::string HelpOf(const Setting& setting) {
  std::string text(setting.help);
  const std::string allowed = AllowedValues(setting);
  const std::string value = DefaultOf(setting);
  if (!allowed.empty()) absl::StrAppend(&text, " ", setting.is_integer() ? "" : "One of ", allowed);
  if (!allowed.empty()) text += ".";
  absl::StrAppend(&text, " Default: ", value.empty() ? "none" : value, ".");
  return text;
}

}  // namespace

std::string HelpText() {
  std::string text =
      "Usage: penstockd [FLAG]...\n"
      "\n"
      "Runs a Penstock broker. Each setting is a flag, an environment variable (--data-dir is\n"
      "PENSTOCK_DATA_DIR) or a key of the configuration file (data_dir); a flag goes over the\n"
      "environment, the environment over the file.\n"
      "\n"
      "Settings:\n";
  for (const Setting& setting : Settings()) {
    text += HelpLine("--" + std::string(setting.name) + " " + std::string(setting.value_name),
                     HelpOf(setting));
  }
  text += "\nOther flags:\n";
  text += HelpLine("--config FILE", "Configuration file in TOML. Also PENSTOCK_CONFIG.");
  text += HelpLine("--check-config",
                   "Print the configuration in force and where each value comes from, and exit.");
  text += HelpLine("--make-credentials FILE",
                   "Make a credentials file with one random access key for --credentials-file, and "
                   "exit.");
  text += HelpLine("--make-key-ring FILE",
                   "Make a key ring with one random master key for --key-ring-file, and exit.");
  text += HelpLine("--version", "Print the version and exit.");
  text += HelpLine("-h, --help", "Print this and exit.");
  text +=
      "\n"
      "Exit codes: 0 stopped as asked, 1 failed to start or while running, 2 wrong usage or\n"
      "configuration.\n"
      "SIGTERM or SIGINT stops the broker when the calls under way are answered; a second one\n"
      "at once.\n";
  return text;
}

std::string ConfigAsToml(const LoadedConfig& loaded) {
  std::vector<std::string> lines;
  size_t widest = 0;
  for (const Setting& setting : Settings()) {
    const std::string value = ValueOf(setting, loaded.config);
    lines.push_back(
        absl::StrCat(FileKey(setting), " = ", setting.is_integer() ? value : TomlString(value)));
    widest = std::max(widest, lines.back().size());
  }
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    absl::StrAppend(&text, lines[i], std::string(widest - lines[i].size(), ' '), "  # ",
                    loaded.sources[i], "\n");
  }
  return text;
}

std::string SettingsAsMarkdown() {
  std::string text =
      "| flag | environment | file | default | allowed | meaning |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const Setting& setting : Settings()) {
    const std::string value = DefaultOf(setting);
    absl::StrAppend(&text, "| `--", std::string(setting.name), "` | `", EnvironmentName(setting),
                    "` | `", FileKey(setting), "` | ");
    absl::StrAppend(&text, value.empty() ? "" : "`" + value + "`", " | ", AllowedValues(setting),
                    " | ", std::string(setting.help), " |\n");
  }
  return text;
}

}  // namespace penstock::broker
