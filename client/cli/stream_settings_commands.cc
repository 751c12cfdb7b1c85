// penstock stream mode, retention, limits, max-record, encrypt, tag.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/command.h"
#include "client/cli/json_lines.h"
#include "client/cli/limits_text.h"
#include "client/cli/output.h"
#include "client/cli/setting_options.h"
#include "client/cli/table.h"
#include "client/cli/time_text.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

using Change = std::function<absl::Status(Client& client)>;

// Does it, waits until the stream takes the next change, and says what it is now: `said`, or the
// stream as JSON.
absl::Status Apply(const GlobalOptions& globals, const std::string& stream_name,
                   const Change& change,
                   const std::function<std::string(const StreamDescription&)>& said) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  RETURN_IF_ERROR(change(*client));
  ASSIGN_OR_RETURN(const StreamDescription stream, AwaitActive(*client, globals, stream_name));
  Output output;
  output.Line(globals.is_json ? StreamJson(stream)
                              : absl::StrCat("stream ", stream_name, ": ", said(stream)));
  return output.Flush();
}

// A command with the stream as its first argument.
CLI::App* AddCommand(CLI::App& group, const std::string& name, const std::string& description,
                     std::string* stream_name) {
  CLI::App* const command = group.add_subcommand(name, description);
  command->add_option("STREAM", *stream_name, "The stream")->required();
  return command;
}

struct ModeArguments {
  std::string stream_name;
  StreamMode mode = StreamMode::kProvisioned;
  std::optional<uint32_t> warm_throughput_mibps;
};

absl::Status SetMode(Client& client, const ModeArguments& arguments) {
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   client.DescribeStreamSummary(arguments.stream_name));
  // The mode is counted where it is changed; more throughput alone is another call.
  const bool is_same = stream.mode == arguments.mode;
  if (is_same && arguments.warm_throughput_mibps.has_value()) {
    return client
        .UpdateStreamWarmThroughput(arguments.stream_name, *arguments.warm_throughput_mibps)
        .status();
  }
  return client.UpdateStreamMode(arguments.stream_name, arguments.mode,
                                 arguments.warm_throughput_mibps.value_or(0));
}

void AddMode(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto arguments = std::make_shared<ModeArguments>();
  CLI::App* const command =
      AddCommand(group, "mode", "Who decides on the shards", &arguments->stream_name);
  AddModeOption(*command, "MODE", &arguments->mode)->required();
  command
      ->add_option("--warm", arguments->warm_throughput_mibps,
                   "On-demand: MiB/s to be ready for; 0 is none")
      ->check(CLI::Range(0u, kWarmThroughputMibpsMax));
  command->callback([=, &globals] {
    *chosen = [=, &globals] {
      return Apply(
          globals, arguments->stream_name,
          [&](Client& client) { return SetMode(client, *arguments); },
          [](const StreamDescription& stream) { return ModeText(stream.mode); });
    };
  });
}

absl::Status SetRetention(Client& client, const std::string& stream_name, absl::Duration period) {
  ASSIGN_OR_RETURN(const StreamDescription stream, client.DescribeStreamSummary(stream_name));
  return period >= stream.retention_period
             ? client.IncreaseStreamRetentionPeriod(stream_name, period)
             : client.DecreaseStreamRetentionPeriod(stream_name, period);
}

void AddRetention(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto stream_name = std::make_shared<std::string>();
  const auto text = std::make_shared<std::string>();
  CLI::App* const command =
      AddCommand(group, "retention", "How long records are kept; what is older is gone at once",
                 stream_name.get());
  AddPeriodOption(*command, "PERIOD", text.get(), "1m to 365d, e.g. 30m, 48h or 7d")->required();
  command->callback([=, &globals] {
    *chosen = [=, &globals]() -> absl::Status {
      ASSIGN_OR_RETURN(const absl::Duration period, ParsePeriod(*text));
      return Apply(
          globals, *stream_name,
          [&](Client& client) { return SetRetention(client, *stream_name, period); },
          [](const StreamDescription& stream) {
            return absl::StrCat("records are kept for ", FormatPeriod(stream.retention_period));
          });
    };
  });
}

void AddLimits(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto stream_name = std::make_shared<std::string>();
  const auto text = std::make_shared<std::string>();
  CLI::App* const command =
      AddCommand(group, "limits", "What a shard takes and gives a second", stream_name.get());
  AddLimitsOption(*command, "LIMITS", text.get())->required();
  command->callback([=, &globals] {
    *chosen = [=, &globals]() -> absl::Status {
      ASSIGN_OR_RETURN(const StreamLimits limits, ParseLimits(*text));
      return Apply(
          globals, *stream_name,
          [&](Client& client) { return client.UpdateStreamLimits(*stream_name, limits); },
          [](const StreamDescription& stream) {
            return absl::StrCat("limits of a shard are ", FormatLimits(stream.limits));
          });
    };
  });
}

void AddMaxRecord(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto stream_name = std::make_shared<std::string>();
  const auto kib = std::make_shared<uint32_t>();
  CLI::App* const command = AddCommand(
      group, "max-record", "Largest record, data and partition key together", stream_name.get());
  command->add_option("KIB", *kib, "In KiB")
      ->required()
      ->check(CLI::Range(kRecordKibDefault, kRecordKibMax));
  command->callback([=, &globals] {
    *chosen = [=, &globals] {
      return Apply(
          globals, *stream_name,
          [&](Client& client) { return client.UpdateMaxRecordSize(*stream_name, *kib); },
          [](const StreamDescription& stream) {
            return absl::StrCat("records have up to ", stream.record_kib_max, " KiB");
          });
    };
  });
}

struct EncryptArguments {
  std::string stream_name;
  std::string key_id;
  bool is_off = false;
};

absl::Status Encrypt(Client& client, const EncryptArguments& arguments) {
  if (!arguments.is_off)
    return client.StartStreamEncryption(arguments.stream_name, arguments.key_id);
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   client.DescribeStreamSummary(arguments.stream_name));
  // Off already: nothing to do, rather than an error about a key that nobody named.
  if (stream.encryption_type == EncryptionType::kNone) return absl::OkStatus();
  return client.StopStreamEncryption(arguments.stream_name, stream.key_id);
}

void AddEncrypt(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto arguments = std::make_shared<EncryptArguments>();
  CLI::App* const command = AddCommand(
      group, "encrypt", "Encrypt what is put from now on, or no longer", &arguments->stream_name);
  CLI::Option_group* const how = command->add_option_group("how");
  how->add_option("--key", arguments->key_id, "Id of a master key of the broker's key ring");
  how->add_flag("--off", arguments->is_off, "Do not encrypt; what is stored stays as it is");
  how->require_option(1);
  command->callback([=, &globals] {
    *chosen = [=, &globals] {
      return Apply(
          globals, arguments->stream_name,
          [&](Client& client) { return Encrypt(client, *arguments); },
          [](const StreamDescription& stream) {
            return stream.encryption_type == EncryptionType::kKms
                       ? absl::StrCat("encrypted with key ", PrintableText(stream.key_id, 64))
                       : "not encrypted";
          });
    };
  });
}

struct TagArguments {
  std::string stream_name;
  std::string consumer_name;
  std::vector<std::string> tags;
  std::vector<std::string> removed_keys;
};

absl::Status Tags(const GlobalOptions& globals, const TagArguments& arguments) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  if (!arguments.removed_keys.empty()) {
    RETURN_IF_ERROR(client->UntagResource(arguments.stream_name, arguments.consumer_name,
                                          arguments.removed_keys));
  }
  if (!arguments.tags.empty()) {
    RETURN_IF_ERROR(client->TagResource(arguments.stream_name, arguments.consumer_name,
                                        ToTags(arguments.tags)));
  }
  ASSIGN_OR_RETURN(const std::vector<Tag> tags,
                   client->ListTagsForResource(arguments.stream_name, arguments.consumer_name));
  Output output;
  Table table({{"KEY"}, {"VALUE"}});
  for (const Tag& tag : tags) {
    if (globals.is_json) {
      output.Line(TagJson(tag));
    } else {
      table.AddRow(
          {PrintableText(tag.key, kTagKeyCharsMax), PrintableText(tag.value, kTagValueCharsMax)});
    }
  }
  if (!globals.is_json) output.Text(table.Text());
  return output.Flush();
}

void AddTag(CLI::App& group, const GlobalOptions& globals, Command* chosen) {
  const auto arguments = std::make_shared<TagArguments>();
  CLI::App* const command = AddCommand(
      group, "tag", "Add and remove tags, and list what there are then", &arguments->stream_name);
  AddTagOption(*command, "TAG", &arguments->tags, "Tags to add, KEY=VALUE");
  command->add_option("--remove", arguments->removed_keys,
                      "Key of a tag to remove; any number of times");
  command->add_option("--consumer", arguments->consumer_name,
                      "The tags of this consumer [the stream's]");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Tags(globals, *arguments); }; });
}

}  // namespace

void AddStreamSettingsCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App& group = *app.get_subcommand("stream");
  AddMode(group, globals, chosen);
  AddRetention(group, globals, chosen);
  AddLimits(group, globals, chosen);
  AddMaxRecord(group, globals, chosen);
  AddEncrypt(group, globals, chosen);
  AddTag(group, globals, chosen);
}

}  // namespace penstock::cli
