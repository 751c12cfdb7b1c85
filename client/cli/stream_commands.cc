// penstock stream create, list, describe, delete.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/limits_text.h"
#include "client/cli/number_text.h"
#include "client/cli/output.h"
#include "client/cli/setting_options.h"
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
  std::string retention;
  std::string limits;
  std::vector<std::string> tags;
  bool waits = true;
};

struct DeleteArguments {
  std::string stream_name;
  DeleteStreamOptions options;
  bool waits = false;
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
  CreateStreamOptions options = arguments.options;
  if (!arguments.retention.empty()) {
    ASSIGN_OR_RETURN(options.retention_period, ParsePeriod(arguments.retention));
  }
  if (!arguments.limits.empty()) {
    ASSIGN_OR_RETURN(options.limits, ParseLimits(arguments.limits));
  }
  options.tags = ToTags(arguments.tags);
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(client->CreateStream(arguments.stream_name, options));
  StreamDescription stream;
  if (arguments.waits) {
    ASSIGN_OR_RETURN(stream, AwaitActive(*client, globals, arguments.stream_name));
  } else {
    ASSIGN_OR_RETURN(stream, client->DescribeStreamSummary(arguments.stream_name));
  }
  if (!globals.is_json) return PrintState(globals, stream);
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   DescribeShards(*client, arguments.stream_name));
  Output output;
  output.Line(StreamJson(stream, options.tags, shards));
  return output.Flush();
}

absl::Status ListStreams(const GlobalOptions& globals) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const std::vector<StreamListing> streams, client->ListAllStreams());
  Output output;
  Table table({{"STREAM"}, {"STATUS"}, {"MODE"}, {"CREATED"}});
  for (const StreamListing& stream : streams) {
    if (globals.is_json) {
      output.Line(StreamJson(stream));
    } else {
      table.AddRow({stream.stream_name, std::string(StreamStateName(stream.state)),
                    ModeText(stream.mode), FormatTimestamp(stream.creation_time)});
    }
  }
  if (!globals.is_json) output.Text(table.Text());
  return output.Flush();
}

absl::StatusOr<std::vector<Tag>> DescribeTags(Client& client, const std::string& stream_name) {
  absl::StatusOr<TagListPage> page = client.ListTagsForStream(stream_name);
  // A broker of an earlier version has none.
  if (absl::IsUnimplemented(page.status())) return std::vector<Tag>();
  RETURN_IF_ERROR(page.status());
  return std::move(page->tags);
}

std::string DescriptionTable(const StreamDescription& stream, const std::vector<Tag>& tags) {
  Table table({{"STREAM"}, {stream.stream_name}});
  table.AddRow({"status", std::string(StreamStateName(stream.state))});
  table.AddRow({"created", FormatTimestamp(stream.creation_time)});
  table.AddRow({"mode", ModeText(stream.mode)});
  if (stream.warm_throughput.has_value()) {
    table.AddRow(
        {"warm throughput",
         absl::StrCat(FormatCount(stream.warm_throughput->target_mibps), " MiB/s, ready for ",
                      FormatCount(stream.warm_throughput->current_mibps))});
  }
  table.AddRow({"retention", FormatPeriod(stream.retention_period)});
  table.AddRow({"largest record", absl::StrCat(FormatCount(stream.record_kib_max), " KiB")});
  table.AddRow({"limits of a shard", FormatLimits(stream.limits)});
  table.AddRow({"encryption", stream.encryption_type == EncryptionType::kKms
                                  ? absl::StrCat("key ", PrintableText(stream.key_id, 64))
                                  : "off"});
  table.AddRow({"consumers", FormatCount(stream.consumer_count)});
  for (const ShardLevelMetric metric : stream.shard_level_metrics)
    table.AddRow({"metric a shard", std::string(ShardLevelMetricName(metric))});
  for (const Tag& tag : tags)
    table.AddRow(
        {"tag", absl::StrCat(PrintableText(tag.key, 128), "=", PrintableText(tag.value, 256))});
  for (const HotShard& hot : stream.hot_shards) {
    table.AddRow({"hot shard",
                  absl::StrCat(hot.shard_id, ": ", FormatBytes(hot.bytes_per_second),
                               absl::StrFormat("/s, %.0f%% of one key, hash key ", hot.share * 100),
                               hot.hash_key)});
  }
  table.AddRow({"open shards", FormatCount(stream.open_shard_count)});
  table.AddRow({"closed shards", FormatCount(stream.closed_shard_count)});
  return table.Text();
}

absl::Status DescribeStream(const GlobalOptions& globals, const std::string& stream_name) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const StreamDescription stream, client->DescribeStreamSummary(stream_name));
  ASSIGN_OR_RETURN(const std::vector<Tag> tags, DescribeTags(*client, stream_name));
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   DescribeShards(*client, stream_name));
  Output output;
  if (globals.is_json) {
    output.Line(StreamJson(stream, tags, shards));
    return output.Flush();
  }
  output.Text(DescriptionTable(stream, tags));
  output.Line("");
  output.Text(ShardTable(shards));
  return output.Flush();
}

absl::Status DeleteStream(const GlobalOptions& globals, const DeleteArguments& arguments) {
  const std::string& stream_name = arguments.stream_name;
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(client->DeleteStream(stream_name, arguments.options));
  if (arguments.waits) RETURN_IF_ERROR(client->WaitUntilDeleted(stream_name, globals.timeout()));
  Output output;
  if (!globals.is_json) {
    output.Line(absl::StrCat("stream ", stream_name,
                             arguments.waits ? " is deleted" : " is being deleted"));
  }
  return output.Flush();
}

void AddCreate(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("create", "Create a stream");
  const auto arguments = std::make_shared<CreateArguments>();
  command
      ->add_option("NAME", arguments->stream_name, "Name: 1 to 128 letters, digits, '_', '.', '-'")
      ->required();
  command->add_option("--shards", arguments->options.shard_count, "Number of shards [1]")
      ->check(CLI::Range(1u, kShardsPerStreamMax));
  AddModeOption(*command, "--mode", &arguments->options.mode);
  command
      ->add_option("--warm", arguments->options.warm_throughput_mibps,
                   "On-demand: MiB/s to be ready for [4]")
      ->check(CLI::Range(1u, kWarmThroughputMibpsMax));
  AddPeriodOption(*command, "--retention", &arguments->retention,
                  "How long records are kept: 1m to 365d [24h]");
  AddLimitsOption(*command, "--limits", &arguments->limits);
  command
      ->add_option("--max-record-kib", arguments->options.record_kib_max,
                   "Largest record, data and partition key together [1024]")
      ->check(CLI::Range(kRecordKibDefault, kRecordKibMax));
  AddTagOption(*command, "--tag", &arguments->tags, "A tag, KEY=VALUE; any number of times");
  command->add_flag("--wait,!--no-wait", arguments->waits,
                    "Return when the stream is ACTIVE [--wait]");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return CreateStream(globals, *arguments); }; });
}

void AddDelete(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = group.add_subcommand("delete", "Delete a stream and all its records");
  const auto arguments = std::make_shared<DeleteArguments>();
  command->add_option("NAME", arguments->stream_name, "The stream")->required();
  command->add_flag("--with-consumers", arguments->options.enforce_consumer_deletion,
                    "Also where it has registered consumers, which are deleted with it");
  command->add_flag("--wait,!--no-wait", arguments->waits,
                    "Return when the stream is gone [--no-wait]");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return DeleteStream(globals, *arguments); }; });
}

}  // namespace

void AddStreamCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const group =
      app.add_subcommand("stream", "Create, list, describe, change and delete streams");
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
