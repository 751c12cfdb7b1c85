// penstock shard list.
#include <memory>

#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/output.h"
#include "client/cli/shard_table.h"
#include "client/cli/table.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

absl::Status ListShards(const GlobalOptions& globals, const std::string& stream_name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards, client->ListAllShards(stream_name));
  Output output;
  if (globals.is_json) {
    for (const ShardDescription& shard : shards) output.Line(ShardJson(shard));
  } else {
    output.Text(ShardTable(shards));
  }
  return output.Flush();
}

}  // namespace

std::string ShardTable(const std::vector<ShardDescription>& shards) {
  Table table({{"SHARD"},
               {"STATE"},
               {"FIRST HASH KEY", Table::Align::kRight},
               {"LAST HASH KEY", Table::Align::kRight},
               {"SEQUENCE NUMBERS"},
               {"PARENTS"}});
  for (const ShardDescription& shard : shards) {
    const std::string last = shard.is_open() ? "" : absl::StrCat(*shard.ending_sequence_number);
    std::string parents = shard.parent_shard_id;
    if (!shard.adjacent_parent_shard_id.empty())
      absl::StrAppend(&parents, " ", shard.adjacent_parent_shard_id);
    table.AddRow({shard.shard_id, shard.is_open() ? "open" : "closed", shard.starting_hash_key,
                  shard.ending_hash_key, absl::StrCat(shard.starting_sequence_number, "-", last),
                  parents});
  }
  return table.Text();
}

void AddShardCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const group = app.add_subcommand("shard", "List the shards of a stream");
  group->require_subcommand(1);
  CLI::App* const list = group->add_subcommand("list", "List the shards of a stream");
  const auto stream_name = std::make_shared<std::string>();
  list->add_option("STREAM", *stream_name, "The stream")->required();
  list->callback(
      [=, &globals] { *chosen = [=, &globals] { return ListShards(globals, *stream_name); }; });
}

}  // namespace penstock::cli
