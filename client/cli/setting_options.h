// Options of a stream's settings, checked while parsing: a mistake is one of usage. What they write
// to lives until the program ends.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "penstock/streams.h"

namespace penstock::cli {

// "provisioned" or "on-demand".
CLI::Option* AddModeOption(CLI::App& command, const std::string& name, StreamMode* mode);
std::string ModeText(StreamMode mode);

// What ParsePeriod (time_text.h) takes, and ParseLimits (limits_text.h).
CLI::Option* AddPeriodOption(CLI::App& command, const std::string& name, std::string* text,
                             const std::string& description);
CLI::Option* AddLimitsOption(CLI::App& command, const std::string& name, std::string* text);

}  // namespace penstock::cli
