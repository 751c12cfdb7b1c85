// penstock get: the records of one shard, up to its tip.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/time/clock.h"

#include "client/cli/command.h"
#include "client/cli/record_printer.h"
#include "client/cli/time_text.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

struct GetArguments {
  std::string stream_name;
  std::string shard_id;
  std::string from = "trim-horizon";
  // 0: all.
  uint64_t limit = 0;
};

absl::Status Get(const GlobalOptions& globals, const GetArguments& arguments) {
  ASSIGN_OR_RETURN(const IteratorPosition from, ParsePosition(arguments.from, absl::Now()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(std::string iterator,
                   client->GetShardIterator(arguments.stream_name, arguments.shard_id, from));
  RecordPrinter printer(globals.is_json);
  uint64_t left = arguments.limit > 0 ? arguments.limit : UINT64_MAX;
  while (left > 0 && !iterator.empty()) {
    const auto limit = static_cast<uint32_t>(std::min<uint64_t>(left, kGetRecordsEntriesMax));
    ASSIGN_OR_RETURN(GetRecordsResult result, client->GetRecords(iterator, {.limit = limit}));
    RETURN_IF_ERROR(printer.Print(arguments.shard_id, result.records));
    if (result.records_behind_latest == 0) break;
    left -= std::min<uint64_t>(left, result.records.size());
    iterator = std::move(result.next_shard_iterator);
  }
  return absl::OkStatus();
}

}  // namespace

void AddGetCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command =
      app.add_subcommand("get", "Print the records of one shard, up to the youngest there is");
  const auto arguments = std::make_shared<GetArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command->add_option("--shard", arguments->shard_id, "The shard, e.g. shardId-000000000000")
      ->required();
  AddFromOption(*command, &arguments->from);
  command->add_option("--limit", arguments->limit, "Records at most [all]")
      ->check([](const std::string& given) {
        return given.find_first_not_of('0') == std::string::npos
                   ? "0 records are none: give 1 or more, or leave it out for all"
                   : "";
      });
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Get(globals, *arguments); }; });
}

}  // namespace penstock::cli
