// penstock shard list, split, merge; penstock stream scale.
#include <algorithm>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "client/cli/output.h"
#include "client/cli/shard_table.h"
#include "client/cli/shard_text.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

// 0 where standard output is no terminal.
size_t TerminalColumns() {
  winsize size = {};
  const bool is_terminal =
      isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  if (!is_terminal) return 0;
  // Some terminals do not say.
  return size.ws_col > 0 ? size.ws_col : 80;
}

struct ListArguments {
  std::string stream_name;
  std::string filter = "from-trim-horizon";
};

absl::Status ListShards(const GlobalOptions& globals, const ListArguments& arguments) {
  ASSIGN_OR_RETURN(const ShardFilter filter, ParseShardFilter(arguments.filter, absl::Now()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   client->ListAllShards(arguments.stream_name, filter));
  Output output;
  if (globals.is_json) {
    for (const ShardDescription& shard : shards) output.Line(ShardJson(shard));
  } else {
    const size_t columns = TerminalColumns();
    output.Text(columns > 0 ? ShardBars(shards, columns) : ShardTable(shards));
  }
  return output.Flush();
}

// The stream after a reshard was begun: when it is done, or as it is now.
absl::StatusOr<StreamDescription> AfterReshard(Client& client, const GlobalOptions& globals,
                                               const std::string& stream_name, bool waits) {
  if (waits) return AwaitActive(client, globals, stream_name);
  return client.DescribeStreamSummary(stream_name);
}

struct SplitArguments {
  std::string stream_name;
  std::string shard_id;
  std::string at = "middle";
  bool waits = false;
};

absl::StatusOr<std::string> MiddleOf(Client& client, const SplitArguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   client.ListAllShards(arguments.stream_name));
  const auto shard = std::find_if(shards.begin(), shards.end(), [&](const auto& listed) {
    return listed.shard_id == arguments.shard_id;
  });
  if (shard == shards.end()) {
    return absl::NotFoundError(
        absl::StrCat("stream ", arguments.stream_name, " has no shard ", arguments.shard_id));
  }
  return MiddleHashKey(*shard);
}

absl::Status Split(const GlobalOptions& globals, const SplitArguments& arguments) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  std::string key = arguments.at;
  if (key == "middle") {
    ASSIGN_OR_RETURN(key, MiddleOf(*client, arguments));
  }
  RETURN_IF_ERROR(client->SplitShard(arguments.stream_name, arguments.shard_id, key));
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   AfterReshard(*client, globals, arguments.stream_name, arguments.waits));
  return PrintState(globals, stream);
}

struct MergeArguments {
  std::string stream_name;
  std::string shard_id;
  std::string adjacent_shard_id;
  bool waits = false;
};

absl::Status Merge(const GlobalOptions& globals, const MergeArguments& arguments) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(
      client->MergeShards(arguments.stream_name, arguments.shard_id, arguments.adjacent_shard_id));
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   AfterReshard(*client, globals, arguments.stream_name, arguments.waits));
  return PrintState(globals, stream);
}

struct ScaleArguments {
  std::string stream_name;
  uint32_t shard_count = 0;
  bool waits = false;
};

absl::Status Scale(const GlobalOptions& globals, const ScaleArguments& arguments) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const UpdateShardCountResult scaling,
                   client->UpdateShardCount(arguments.stream_name, arguments.shard_count));
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   AfterReshard(*client, globals, arguments.stream_name, arguments.waits));
  if (!globals.is_json && arguments.waits) return PrintState(globals, stream);
  Output output;
  output.Line(globals.is_json ? ScalingJson(arguments.stream_name, scaling, stream.state)
                              : absl::StrCat("stream ", arguments.stream_name, " is scaled from ",
                                             FormatCount(scaling.current_shard_count), " to ",
                                             FormatCount(scaling.target_shard_count), " shards"));
  return output.Flush();
}

void AddWaitFlag(CLI::App& command, bool* waits) {
  command.add_flag("--wait,!--no-wait", *waits, "Return when it is done [--no-wait]");
}

void AddList(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("list", "List the shards of a stream");
  const auto arguments = std::make_shared<ListArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command
      ->add_option("--filter", arguments->filter,
                   "Which: from-trim-horizon, at-trim-horizon, at-latest, at:TIME, from:TIME, "
                   "after:SHARD")
      ->capture_default_str()
      ->check([](const std::string& given) {
        return std::string(ParseShardFilter(given, absl::Now()).status().message());
      });
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return ListShards(globals, *arguments); }; });
}

void AddSplit(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("split", "Split a shard in two");
  const auto arguments = std::make_shared<SplitArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command->add_option("SHARD", arguments->shard_id, "The shard")->required();
  command->add_option("--at", arguments->at, "First hash key of the upper half, decimal; or middle")
      ->capture_default_str();
  AddWaitFlag(*command, &arguments->waits);
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Split(globals, *arguments); }; });
}

void AddMerge(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command =
      group.add_subcommand("merge", "Merge two shards whose hash keys are next to each other");
  const auto arguments = std::make_shared<MergeArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command->add_option("SHARD", arguments->shard_id, "The one")->required();
  command->add_option("ADJACENT_SHARD", arguments->adjacent_shard_id, "The other")->required();
  AddWaitFlag(*command, &arguments->waits);
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Merge(globals, *arguments); }; });
}

void AddScale(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command =
      group.add_subcommand("scale", "Split and merge until there are so many equal shards");
  const auto arguments = std::make_shared<ScaleArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command->add_option("--shards", arguments->shard_count, "Open shards to have")
      ->required()
      ->check(CLI::Range(1u, kShardsPerStreamMax));
  AddWaitFlag(*command, &arguments->waits);
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Scale(globals, *arguments); }; });
}

}  // namespace

void AddShardCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  AddScale(*app.get_subcommand("stream"), globals, chosen);
  CLI::App* const group = app.add_subcommand("shard", "List, split and merge shards");
  group->require_subcommand(1);
  AddList(*group, globals, chosen);
  AddSplit(*group, globals, chosen);
  AddMerge(*group, globals, chosen);
}

}  // namespace penstock::cli
