// penstock put: the lines of a file, or of standard input, as records.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "client/cli/command.h"
#include "client/cli/input_file.h"
#include "client/cli/line_putter.h"
#include "client/cli/producer_sink.h"
#include "client/cli/put_arguments.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

absl::Status Put(const GlobalOptions& globals, const PutArguments& arguments) {
  ASSIGN_OR_RETURN(const InputFile input, InputFile::Open(arguments.file));
  // Asked before anything is put: whether the stream is there, and what it takes.
  ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, ConnectToBroker(globals));
  ASSIGN_OR_RETURN(const StreamDescription stream,
                   client->DescribeStreamSummary(arguments.stream_name));
  ASSIGN_OR_RETURN(std::unique_ptr<RecordSink> sink,
                   MakeProducerSink(ToProducerOptions(globals, arguments, stream)));
  LinePutter putter({.globals = globals,
                     .arguments = arguments,
                     .input = input,
                     .record_bytes_max = size_t{stream.record_kib_max} * 1024,
                     .patience = PutPatience(globals, stream)},
                    std::move(sink));
  absl::Status status = putter.Run();
  if (!status.ok()) std::fputs(putter.WhatBecameOfTheLines().c_str(), stderr);
  return status;
}

void AddCompressionOption(CLI::App& command, Compression* compression) {
  const std::map<std::string, Compression> names = {
      {"none", Compression::kNone}, {"lz4", Compression::kLz4}, {"zstd", Compression::kZstd}};
  command
      .add_option_function<std::string>(
          "--compression",
          [names, compression](const std::string& name) { *compression = names.at(name); },
          "Of the batches on their way and on the broker's disk: none, lz4 or zstd [none]")
      ->check(CLI::IsMember({"none", "lz4", "zstd"}));
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
  command
      ->add_option("--batch", arguments->batch_records_max,
                   "Records of a batch, which is stored whole, at most")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, kBatchRecordsMax));
  AddCompressionOption(*command, &arguments->compression);
  command->add_flag("--aggregate", arguments->is_aggregated,
                    "Several records in one, for consumers that know the format of the Kinesis "
                    "Producer Library");
  command->callback(
      [=, &globals] { *chosen = [=, &globals] { return Put(globals, *arguments); }; });
}

}  // namespace penstock::cli
