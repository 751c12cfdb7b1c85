// penstock tail: the records of a stream as they come.
#include <memory>

#include "absl/time/clock.h"

#include "client/cli/command.h"
#include "client/cli/record_printer.h"
#include "client/cli/stream_tail.h"
#include "client/cli/time_text.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

// A broker takes 4,096 calls on a connection, and a tail has one call under way for each shard:
// enough for the 10,000 shards that a stream may have.
constexpr int kConnections = 4;

struct TailArguments {
  std::string from = "latest";
  StreamTailOptions options;
};

absl::Status Tail(const GlobalOptions& globals, const TailArguments& arguments) {
  StreamTailOptions options = arguments.options;
  ASSIGN_OR_RETURN(options.from, ParsePosition(arguments.from, absl::Now()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals, kConnections));
  RecordPrinter printer(globals.is_json);
  return StreamTail(*client, std::move(options),
                    [&](const std::string& shard_id, const std::vector<ReceivedRecord>& records) {
                      return printer.Print(shard_id, records);
                    })
      .Run();
}

}  // namespace

void AddTailCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = app.add_subcommand(
      "tail", "Print the records of a stream as they come, of all shards at once");
  const auto arguments = std::make_shared<TailArguments>();
  command->add_option("STREAM", arguments->options.stream_name, "The stream")->required();
  AddFromOption(*command, &arguments->from);
  command->add_option("--shard", arguments->options.shard_id,
                      "Only this shard, e.g. shardId-000000000000");
  command->add_flag("--until-caught-up", arguments->options.until_caught_up,
                    "End when there are no more records");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Tail(globals, *arguments); }; });
}

}  // namespace penstock::cli
