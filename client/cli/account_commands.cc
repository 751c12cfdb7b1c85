// penstock limits; penstock account describe, commit.
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "client/cli/output.h"
#include "client/cli/table.h"
#include "client/cli/time_text.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

absl::Status Limits(const GlobalOptions& globals) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const AccountLimits limits, client->DescribeLimits());
  Output output;
  if (globals.is_json) {
    output.Line(LimitsJson(limits));
    return output.Flush();
  }
  Table table({{"ALL STREAMS"}, {"NOW", Table::Align::kRight}, {"LIMIT", Table::Align::kRight}});
  table.AddRow(
      {"open shards", FormatCount(limits.open_shard_count), FormatCount(limits.shard_limit)});
  table.AddRow({"on-demand streams", FormatCount(limits.on_demand_stream_count),
                FormatCount(limits.on_demand_stream_count_limit)});
  output.Text(table.Text());
  return output.Flush();
}

absl::Status Print(const GlobalOptions& globals, const AccountSettings& settings) {
  Output output;
  if (globals.is_json) {
    output.Line(SettingsJson(settings));
    return output.Flush();
  }
  const ThroughputCommitment& commitment = settings.throughput_commitment;
  Table table({{"THROUGHPUT COMMITMENT"}, {std::string(CommitmentStatusName(commitment.status))}});
  const auto add = [&](const char* name, const std::optional<absl::Time>& time) {
    if (time.has_value()) table.AddRow({name, FormatTimestamp(*time)});
  };
  add("started", commitment.started_at);
  add("ended", commitment.ended_at);
  add("can end", commitment.earliest_allowed_end_at);
  output.Text(table.Text());
  return output.Flush();
}

absl::Status Describe(const GlobalOptions& globals) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const AccountSettings settings, client->DescribeAccountSettings());
  return Print(globals, settings);
}

absl::Status Commit(const GlobalOptions& globals, bool is_on) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const AccountSettings settings,
                   client->UpdateAccountSettings(is_on ? CommitmentStatus::kEnabled
                                                       : CommitmentStatus::kDisabled));
  return Print(globals, settings);
}

}  // namespace

void AddAccountCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const limits =
      app.add_subcommand("limits", "How many shards and on-demand streams there may be");
  limits->callback([=, &globals] { *chosen = [&globals] { return Limits(globals); }; });

  CLI::App* const group = app.add_subcommand("account", "Settings of the broker as a whole");
  group->require_subcommand(1);
  CLI::App* const describe = group->add_subcommand("describe", "Show the settings");
  describe->callback([=, &globals] { *chosen = [&globals] { return Describe(globals); }; });
  CLI::App* const commit = group->add_subcommand(
      "commit", "Minimum throughput: on allows warm throughput and 50 consumers a stream");
  const auto state = std::make_shared<std::string>();
  commit->add_option("STATE", *state, "on or off")->required()->check(CLI::IsMember({"on", "off"}));
  commit->callback(
      [=, &globals] { *chosen = [=, &globals] { return Commit(globals, *state == "on"); }; });
}

}  // namespace penstock::cli
