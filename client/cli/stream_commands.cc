// penstock stream create, list, describe, delete.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "client/cli/output.h"
#include "client/cli/shard_table.h"
#include "client/cli/table.h"
#include "client/cli/time_text.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

struct CreateArguments {
  std::string stream_name;
  CreateStreamOptions options;
  bool waits = true;
};

// The shards in whatever state the stream is; none while it is being created.
absl::StatusOr<std::vector<ShardDescription>> DescribeShards(Client& client,
                                                             const std::string& stream_name) {
  std::vector<ShardDescription> shards;
  DescribeStreamOptions options;
  options.limit = kPageMax;
  for (bool has_more = true; has_more; options.exclusive_start_shard_id = shards.back().shard_id) {
    ASSIGN_OR_RETURN(StreamPage page, client.DescribeStream(stream_name, options));
    has_more = page.has_more_shards && !page.shards.empty();
    std::move(page.shards.begin(), page.shards.end(), std::back_inserter(shards));
    if (shards.empty()) break;
  }
  return shards;
}

absl::Status CreateStream(const GlobalOptions& globals, const CreateArguments& arguments) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(client->CreateStream(arguments.stream_name, arguments.options));
  StreamDescription stream;
  if (arguments.waits) {
    ASSIGN_OR_RETURN(stream, client->WaitUntilActive(arguments.stream_name, globals.timeout()));
  } else {
    ASSIGN_OR_RETURN(stream, client->DescribeStreamSummary(arguments.stream_name));
  }
  Output output;
  if (globals.is_json) {
    ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                     DescribeShards(*client, arguments.stream_name));
    output.Line(StreamJson(stream, shards));
  } else {
    const uint32_t shards = arguments.options.shard_count;
    output.Line(absl::StrCat("stream ", stream.stream_name, " with ", FormatCount(shards),
                             shards == 1 ? " shard is " : " shards is ",
                             std::string(StreamStateName(stream.state))));
  }
  return output.Flush();
}

absl::Status ListStreams(const GlobalOptions& globals) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const std::vector<StreamListing> streams, client->ListAllStreams());
  Output output;
  Table table({{"STREAM"}, {"STATUS"}, {"CREATED"}});
  for (const StreamListing& stream : streams) {
    if (globals.is_json) {
      output.Line(StreamJson(stream));
    } else {
      table.AddRow({stream.stream_name, std::string(StreamStateName(stream.state)),
                    FormatTimestamp(stream.creation_time)});
    }
  }
  if (!globals.is_json) output.Text(table.Text());
  return output.Flush();
}

absl::Status DescribeStream(const GlobalOptions& globals, const std::string& stream_name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const StreamDescription stream, client->DescribeStreamSummary(stream_name));
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   DescribeShards(*client, stream_name));
  Output output;
  if (globals.is_json) {
    output.Line(StreamJson(stream, shards));
    return output.Flush();
  }
  Table table({{"STREAM"}, {stream.stream_name}});
  table.AddRow({"status", std::string(StreamStateName(stream.state))});
  table.AddRow({"created", FormatTimestamp(stream.creation_time)});
  table.AddRow({"retention", absl::StrCat(FormatCount(stream.retention_hours), " hours")});
  table.AddRow({"largest record", absl::StrCat(FormatCount(stream.record_kib_max), " KiB")});
  table.AddRow({"open shards", FormatCount(stream.open_shard_count)});
  output.Text(table.Text());
  output.Line("");
  output.Text(ShardTable(shards));
  return output.Flush();
}

absl::Status DeleteStream(const GlobalOptions& globals, const std::string& stream_name,
                          bool waits) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(client->DeleteStream(stream_name));
  if (waits) RETURN_IF_ERROR(client->WaitUntilDeleted(stream_name, globals.timeout()));
  Output output;
  if (!globals.is_json)
    output.Line(absl::StrCat("stream ", stream_name, waits ? " is deleted" : " is being deleted"));
  return output.Flush();
}

void AddCreate(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("create", "Create a stream");
  const auto arguments = std::make_shared<CreateArguments>();
  command
      ->add_option("NAME", arguments->stream_name, "Name: 1 to 128 letters, digits, '_', '.', '-'")
      ->required();
  command->add_option("--shards", arguments->options.shard_count, "Number of shards")
      ->capture_default_str()
      ->check(CLI::Range(1u, kShardsPerStreamMax));
  command
      ->add_option("--retention-hours", arguments->options.retention_hours,
                   "How long records are kept [24]")
      ->check(CLI::Range(kRetentionHoursMin, kRetentionHoursMax));
  command
      ->add_option("--max-record-kib", arguments->options.record_kib_max,
                   "Largest record, data and partition key together [1024]")
      ->check(CLI::Range(kRecordKibDefault, kRecordKibMax));
  command->add_flag("--wait,!--no-wait", arguments->waits,
                    "Return when the stream is ACTIVE [--wait]");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return CreateStream(globals, *arguments); }; });
}

void AddDelete(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("delete", "Delete a stream and all its records");
  const auto stream_name = std::make_shared<std::string>();
  const auto waits = std::make_shared<bool>(false);
  command->add_option("NAME", *stream_name, "The stream")->required();
  command->add_flag("--wait,!--no-wait", *waits, "Return when the stream is gone [--no-wait]");
  command->callback([=, &globals] {
    *chosen = [=, &globals] { return DeleteStream(globals, *stream_name, *waits); };
  });
}

}  // namespace

void AddStreamCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const group = app.add_subcommand("stream", "Create, list, describe and delete streams");
  group->require_subcommand(1);
  AddCreate(*group, globals, chosen);
  CLI::App* const list = group->add_subcommand("list", "List all streams");
  list->callback([=, &globals] { *chosen = [&globals] { return ListStreams(globals); }; });
  CLI::App* const describe = group->add_subcommand("describe", "Show a stream and its shards");
  const auto stream_name = std::make_shared<std::string>();
  describe->add_option("NAME", *stream_name, "The stream")->required();
  describe->callback(
      [=, &globals] { *chosen = [=, &globals] { return DescribeStream(globals, *stream_name); }; });
  AddDelete(*group, globals, chosen);
}

}  // namespace penstock::cli
