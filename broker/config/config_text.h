// The texts made from the table of settings: --help, --check-config, and the table in
// docs/configuration.md.
#pragma once

#include <string>

#include "broker/config/config_loader.h"

namespace penstock::broker {

// Usage, every setting with its default and limits, exit codes.
std::string HelpText();

// A configuration file that has the same effect, each line with the value's source as a comment.
std::string ConfigAsToml(const LoadedConfig& loaded);

// Rows of Markdown, a setting each, with the heading: what docs/configuration.md must hold.
std::string SettingsAsMarkdown();

}  // namespace penstock::broker
