#include "broker/config/config_loader.h"

#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "broker/config/config_file.h"
#include "broker/config/nearest_name.h"
#include "broker/config/settings.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kPrefix = "PENSTOCK_";
constexpr std::string_view kConfigVariable = "PENSTOCK_CONFIG";

struct Variable {
  std::string name;
  std::string value;
};

// Of the client and of the build script, which share the prefix.
bool IsOfOtherProgram(std::string_view name) {
  return name == "PENSTOCK_ENDPOINT" || name == "PENSTOCK_SKIP_SETUP" || name == "PENSTOCK_JOBS";
}

// Kubernetes gives every container variables of each service in its namespace: a service called
// penstock, or penstock-something, makes PENSTOCK_SERVICE_HOST, PENSTOCK_SERVICE_PORT_GRPC,
// PENSTOCK_PORT=tcp://..., PENSTOCK_PORT_7070_TCP_ADDR and so on.
bool IsOfKubernetes(const Variable& variable) {
  const std::string& name = variable.name;
  if (absl::EndsWith(name, "_SERVICE_HOST") || absl::EndsWith(name, "_SERVICE_PORT") ||
      absl::StrContains(name, "_SERVICE_PORT_")) {
    return true;
  }
  if (absl::EndsWith(name, "_PORT")) return absl::StrContains(variable.value, "://");
  const size_t port = name.find("_PORT_");
  return port != std::string::npos && port + 6 < name.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(name[port + 6])) &&
         (absl::StrContains(name, "_TCP") || absl::StrContains(name, "_UDP"));
}

std::vector<Variable> OwnVariables(const std::vector<std::string>& environment) {
  std::vector<Variable> own;
  for (const std::string& entry : environment) {
    if (entry.compare(0, kPrefix.size(), kPrefix) != 0) continue;
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    Variable variable{entry.substr(0, equals), entry.substr(equals + 1)};
    if (IsOfOtherProgram(variable.name) || IsOfKubernetes(variable)) continue;
    own.push_back(std::move(variable));
  }
  return own;
}

// Applies one value after the other, and keeps where each came from.
class Layers {
 public:
  Layers() : loaded_{BrokerConfig(), std::vector<std::string>(Settings().size(), "default")} {}

  // `given_as` opens the error: "--lanes", "PENSTOCK_LANES", "penstock.toml:3: lanes".
  absl::Status Apply(const Setting& setting, std::string_view text, const std::string& given_as,
                     std::string source) {
    const absl::Status applied = ApplySetting(setting, text, &loaded_.config);
    if (!applied.ok()) {
      return MakeError(ErrorReason::kInvalidArgument,
                       absl::StrCat(given_as, " ", applied.message()));
    }
    loaded_.sources[static_cast<size_t>(&setting - Settings().data())] = std::move(source);
    return absl::OkStatus();
  }

  LoadedConfig Take() && { return std::move(loaded_); }

 private:
  LoadedConfig loaded_;
};

absl::Status ApplyFile(const std::string& path, Layers* layers) {
  ASSIGN_OR_RETURN(const std::vector<ConfigFileValue> values, ReadConfigFile(path));
  for (const ConfigFileValue& value : values) {
    const std::string place = absl::StrCat(path, ":", value.line);
    RETURN_IF_ERROR(layers->Apply(*value.setting, value.text,
                                  absl::StrCat(place, ": ", FileKey(*value.setting)), place));
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(const std::vector<Variable>& variables, Layers* layers) {
  std::vector<std::string> known = {std::string(kConfigVariable)};
  for (const Setting& setting : Settings()) known.push_back(EnvironmentName(setting));
  for (const Variable& variable : variables) {
    if (variable.name == kConfigVariable) continue;
    const Setting* found = nullptr;
    for (const Setting& setting : Settings()) {
      if (EnvironmentName(setting) == variable.name) found = &setting;
    }
    if (found == nullptr) {
      return MakeError(ErrorReason::kInvalidArgument,
                       absl::StrCat("unknown environment variable ", Excerpt(variable.name),
                                    DidYouMean(variable.name, known)));
    }
    RETURN_IF_ERROR(layers->Apply(*found, variable.value, variable.name,
                                  absl::StrCat("environment ", variable.name)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoadedConfig> LoadConfig(const CommandLine& command_line,
                                        const std::vector<std::string>& environment) {
  const std::vector<Variable> variables = OwnVariables(environment);
  std::optional<std::string> file = command_line.config_file;
  if (!file) {
    for (const Variable& variable : variables) {
      if (variable.name == kConfigVariable) file = variable.value;
    }
  }

  Layers layers;
  if (file) RETURN_IF_ERROR(ApplyFile(*file, &layers));
  RETURN_IF_ERROR(ApplyEnvironment(variables, &layers));
  for (const CommandLine::Value& value : command_line.values) {
    const std::string flag = "--" + std::string(value.setting->name);
    RETURN_IF_ERROR(layers.Apply(*value.setting, value.text, flag, "flag " + flag));
  }
  return std::move(layers).Take();
}

}  // namespace penstock::broker
