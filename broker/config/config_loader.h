// LoadConfig: flags over environment over file over defaults.
//
// Every layer is checked whole, also where a higher one overrides it: a name that nobody knows, a
// value of the wrong type or out of its limits is an error that names it and where it was given.
// Variables that begin with PENSTOCK_ must be settings, except those of other programs
// (PENSTOCK_ENDPOINT is the client's) and those that Kubernetes makes for a service called
// penstock. Reads the file and nothing else.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/config/broker_config.h"
#include "broker/config/command_line.h"

namespace penstock::broker {

struct LoadedConfig {
  BrokerConfig config;
  // Where the value of each setting comes from, in the order of Settings(): "default", "flag
  // --lanes", "environment PENSTOCK_LANES", "penstock.toml:3".
  std::vector<std::string> sources;
};

// `environment` as "NAME=VALUE". INVALID_ARGUMENT with one line that says what is wrong and where.
absl::StatusOr<LoadedConfig> LoadConfig(const CommandLine& command_line,
                                        const std::vector<std::string>& environment);

}  // namespace penstock::broker
