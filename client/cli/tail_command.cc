// penstock tail: the records of a stream as they come.
#include <csignal>
#include <memory>
#include <poll.h>
#include <unistd.h>

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

// Whoever reads the output has gone: a pipe says so before anything is written to it.
bool IsReaderGone() {
  pollfd output = {.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

struct TailArguments {
  std::string from = "latest";
  StreamTailOptions options;
};

absl::Status Tail(const GlobalOptions& globals, const TailArguments& arguments) {
  StreamTailOptions options = arguments.options;
  ASSIGN_OR_RETURN(options.from, ParsePosition(arguments.from, absl::Now()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals, kConnections));
  RecordPrinter printer(globals.is_json);
  options.patience = globals.timeout();
  options.is_over = IsReaderGone;
  RETURN_IF_ERROR(
      StreamTail(*client, std::move(options),
                 [&](const std::string& shard_id, const std::vector<ReceivedRecord>& records) {
                   return printer.Print(shard_id, records);
                 })
          .Run());
  // As the next record would have ended it, in a minute or in a day.
  if (IsReaderGone()) std::raise(SIGPIPE);
  return absl::OkStatus();
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
  command->add_option("--consumer", arguments->options.consumer_name,
                      "Read as this registered consumer, which is pushed the records [poll]");
  command->add_flag("--until-caught-up", arguments->options.until_caught_up,
                    "End when there are no more records");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Tail(globals, *arguments); }; });
}

}  // namespace penstock::cli
