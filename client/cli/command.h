// What the command groups share: the options of every command, and the way from parsing to running.
//
//   parse (CLI11) ──> Command, chosen by a callback ──> run
//     a mistake: exit code 2                              an error: exit code 1
//
// A group adds its commands to the parser and leaves the one that was given in `chosen`. Everything
// lives until the program ends; one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <CLI/CLI.hpp>

#include "penstock/client.h"

namespace penstock::cli {

struct GlobalOptions {
  std::string endpoint = "127.0.0.1:7070";
  double timeout_seconds = 30;
  bool is_json = false;

  absl::Duration timeout() const { return absl::Seconds(timeout_seconds); }
};

using Command = std::function<absl::Status()>;

// Connected, or UNAVAILABLE soon, with what to do about it.
absl::StatusOr<std::unique_ptr<Client>> ConnectToBroker(const GlobalOptions& globals,
                                                        int connection_count = 1);

// stream create, list, describe, delete.
void AddStreamCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);
// stream mode, retention, limits, max-record, encrypt, tag. After AddStreamCommands.
void AddStreamSettingsCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);
// shard list, split, merge; stream scale. After AddStreamCommands.
void AddShardCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);
// consumer register, list, describe, lag, deregister.
void AddConsumerCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);
// account describe, commit; limits.
void AddAccountCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);
void AddPutCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen);
void AddGetCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen);
void AddTailCommand(CLI::App& app, const GlobalOptions& globals, Command* chosen);
// tls init.
void AddTlsCommands(CLI::App& app, const GlobalOptions& globals, Command* chosen);

// Returns when the stream is ACTIVE; meanwhile, on a terminal, says on standard error how far it is.
// DEADLINE_EXCEEDED after the global timeout.
absl::StatusOr<StreamDescription> AwaitActive(Client& client, const GlobalOptions& globals,
                                              const std::string& stream_name);

// "stream NAME with N shards is ACTIVE", or the stream as JSON.
absl::Status PrintState(const GlobalOptions& globals, const StreamDescription& stream);

// Tags given as KEY=VALUE; checked while parsing.
CLI::Option* AddTagOption(CLI::App& command, const std::string& name, std::vector<std::string>* to,
                          const std::string& description);
std::vector<Tag> ToTags(const std::vector<std::string>& texts);

// Adds `--from`, checked while parsing. `*text` keeps what is given; it holds the default already.
void AddFromOption(CLI::App& command, std::string* text);

}  // namespace penstock::cli
