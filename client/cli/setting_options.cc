#include "client/cli/setting_options.h"

#include <map>

#include "client/cli/limits_text.h"
#include "client/cli/time_text.h"
#include "common/limits.h"

namespace penstock::cli {

CLI::Option* AddModeOption(CLI::App& command, const std::string& name, StreamMode* mode) {
  return command
      .add_option_function<std::string>(
          name,
          [mode](const std::string& text) {
            *mode = text == "on-demand" ? StreamMode::kOnDemand : StreamMode::kProvisioned;
          },
          "provisioned: the shards are those asked for; on-demand: by load [provisioned]")
      ->check(CLI::IsMember({"provisioned", "on-demand"}));
}

std::string ModeText(StreamMode mode) {
  return mode == StreamMode::kOnDemand ? "on-demand" : "provisioned";
}

CLI::Option* AddPeriodOption(CLI::App& command, const std::string& name, std::string* text,
                             const std::string& description) {
  return command.add_option(name, *text, description)->check([](const std::string& given) {
    const auto period = ParsePeriod(given);
    if (!period.ok()) return std::string(period.status().message());
    return absl::Minutes(kRetentionMinutesMin) <= *period &&
                   *period <= absl::Minutes(kRetentionMinutesMax)
               ? std::string()
               : "'" + given + "' is not 1m to 365d";
  });
}

CLI::Option* AddLimitsOption(CLI::App& command, const std::string& name, std::string* text) {
  return command
      .add_option(name, *text,
                  "What a shard takes and gives a second: kinesis, unlimited, or e.g. "
                  "records=500,bytes=1MiB,burst=4MiB,read-bytes=2MiB,read-calls=5 [unlimited]")
      ->check([](const std::string& given) {
        return std::string(ParseLimits(given).status().message());
      });
}

}  // namespace penstock::cli
