// penstock consumer register, list, describe, lag, deregister.
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

struct ConsumerArguments {
  std::string stream_name;
  std::string consumer_name;
  std::vector<std::string> tags;
};

using Action = absl::Status (*)(const GlobalOptions&, const ConsumerArguments&, Client&);

absl::Status Print(const GlobalOptions& globals,
                   const std::vector<ConsumerDescription>& consumers) {
  Output output;
  Table table({{"CONSUMER"}, {"STATUS"}, {"REGISTERED"}});
  for (const ConsumerDescription& consumer : consumers) {
    if (globals.is_json) {
      output.Line(ConsumerJson(consumer));
    } else {
      table.AddRow({consumer.consumer_name, std::string(ConsumerStateName(consumer.state)),
                    FormatTimestamp(consumer.creation_time)});
    }
  }
  if (!globals.is_json) output.Text(table.Text());
  return output.Flush();
}

absl::Status Register(const GlobalOptions& globals, const ConsumerArguments& arguments,
                      Client& client) {
  ASSIGN_OR_RETURN(ConsumerDescription consumer,
                   client.RegisterStreamConsumer(arguments.stream_name, arguments.consumer_name,
                                                 ToTags(arguments.tags)));
  return Print(globals, {std::move(consumer)});
}

absl::Status List(const GlobalOptions& globals, const ConsumerArguments& arguments,
                  Client& client) {
  ASSIGN_OR_RETURN(const std::vector<ConsumerDescription> consumers,
                   client.ListAllStreamConsumers(arguments.stream_name));
  return Print(globals, consumers);
}

absl::Status Describe(const GlobalOptions& globals, const ConsumerArguments& arguments,
                      Client& client) {
  ASSIGN_OR_RETURN(ConsumerDescription consumer,
                   client.DescribeStreamConsumer(arguments.stream_name, arguments.consumer_name));
  return Print(globals, {std::move(consumer)});
}

absl::Status Lag(const GlobalOptions& globals, const ConsumerArguments& arguments, Client& client) {
  ASSIGN_OR_RETURN(const ConsumerLag lag,
                   client.DescribeConsumerLag(arguments.stream_name, arguments.consumer_name));
  Output output;
  if (globals.is_json) {
    output.Line(LagJson(lag));
    return output.Flush();
  }
  Table table({{"SHARD"},
               {"NEXT", Table::Align::kRight},
               {"RECORDS BEHIND", Table::Align::kRight},
               {"TIME BEHIND", Table::Align::kRight},
               {"SUBSCRIBED"}});
  for (const ShardLag& shard : lag.shards) {
    table.AddRow(
        {shard.shard_id,
         shard.next_sequence_number.has_value() ? absl::StrCat(*shard.next_sequence_number) : "-",
         FormatCount(shard.records_behind_latest), FormatAge(shard.behind_latest),
         shard.is_subscribed ? "yes" : "no"});
  }
  table.AddRow(
      {"all", "", FormatCount(lag.records_behind_latest), FormatAge(lag.behind_latest), ""});
  output.Text(table.Text());
  return output.Flush();
}

absl::Status Deregister(const GlobalOptions& globals, const ConsumerArguments& arguments,
                        Client& client) {
  RETURN_IF_ERROR(client.DeregisterStreamConsumer(arguments.stream_name, arguments.consumer_name));
  Output output;
  if (!globals.is_json) {
    output.Line(absl::StrCat("consumer ", arguments.consumer_name, " of stream ",
                             arguments.stream_name, " is deregistered"));
  }
  return output.Flush();
}

struct CommandText {
  std::string name;
  std::string description;
  bool has_consumer = true;
};

void AddCommand(CLI::App& group, const GlobalOptions& globals, Command* chosen,
                const CommandText& text, Action action) {
  CLI::App* const command = group.add_subcommand(text.name, text.description);
  const auto arguments = std::make_shared<ConsumerArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  if (text.has_consumer) {
    command
        ->add_option("NAME", arguments->consumer_name,
                     "The consumer: 1 to 128 letters, digits, '_', '.', '-'")
        ->required();
  }
  if (action == &Register) {
    AddTagOption(*command, "--tag", &arguments->tags, "A tag, KEY=VALUE; any number of times");
  }
  command->callback([=, &globals] {
    *chosen = [=, &globals]() -> absl::Status {
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
      return action(globals, *arguments, *client);
    };
  });
}

}  // namespace

void AddConsumerCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const group = app.add_subcommand(
      "consumer", "Registered consumers, which are pushed records and have capacity of their own");
  group->require_subcommand(1);
  AddCommand(*group, globals, chosen, {"register", "Register a consumer"}, &Register);
  AddCommand(*group, globals, chosen, {"list", "List the consumers of a stream", false}, &List);
  AddCommand(*group, globals, chosen, {"describe", "Show a consumer"}, &Describe);
  AddCommand(*group, globals, chosen, {"lag", "How far a consumer is behind, shard by shard"},
             &Lag);
  AddCommand(*group, globals, chosen, {"deregister", "End a consumer and its subscriptions"},
             &Deregister);
}

}  // namespace penstock::cli
