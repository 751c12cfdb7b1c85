// penstock put: the lines of a file, or of standard input, as records.
#include <memory>

#include "client/cli/command.h"
#include "client/cli/input_file.h"
#include "client/cli/line_putter.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

absl::Status Put(const GlobalOptions& globals, const PutArguments& arguments) {
  ASSIGN_OR_RETURN(const InputFile input, InputFile::Open(arguments.file));
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   client->DescribeStreamSummary(arguments.stream_name));
  return LinePutter(globals, arguments, *client, input, stream).Run();
}

}  // namespace

void AddPutCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen) {
  CLI::App* const command = app.add_subcommand("put",
                                               "Put each line of a file, or of standard input, as "
                                               "a record, byte for byte without its newline");
  const auto arguments = std::make_shared<PutArguments>();
  command->add_option("STREAM", arguments->stream_name, "The stream")->required();
  command->add_option("FILE", arguments->file, "The file; - is standard input")
      ->capture_default_str();
  CLI::Option* const key = command->add_option(
      "--key", arguments->key,
      "Partition key of all records [a random one for each: no order, all shards]");
  command
      ->add_option(
          "--key-field", arguments->key_field,
          "Each line is a JSON object, and this field, a string or a number, its partition key")
      ->excludes(key);
  command->add_option("--batch", arguments->batch_records_max, "Records a request")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, kPutRecordsEntriesMax));
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Put(globals, *arguments); }; });
}

}  // namespace penstock::cli
