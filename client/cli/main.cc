// The program `penstock`: streams, shards and records from the command line. docs/cli.md has an
// example of each command.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <CLI/CLI.hpp>

#include "client/cli/command.h"
#include "common/error.h"
#include "common/version.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void AddGlobalOptions(CLI::App& app, GlobalOptions* globals) {
  app.add_option("--endpoint", globals->endpoint, "The broker, HOST:PORT")
      ->envname("PENSTOCK_ENDPOINT")
      ->capture_default_str();
  app.add_option("--timeout", globals->timeout_seconds,
                 "Seconds a call may take, its retries included")
      ->capture_default_str()
      // Not CLI::Range, which lets through what is no number.
      ->check([](const std::string& given) {
        double seconds = 0;
        const bool is_number = absl::SimpleAtod(given, &seconds);
        return is_number && 0.001 <= seconds && seconds <= 86'400
                   ? ""
                   : absl::StrCat("'", Excerpt(given), "' is not 0.001 to 86400 seconds");
      });
  app.add_flag("--json", globals->is_json, "One JSON object a line, for pipes");
  app.set_version_flag("--version", absl::StrCat("penstock ", PENSTOCK_VERSION));
}

int Report(const absl::Status& status) {
  if (status.ok()) return kDone;
  const ErrorDetails details = GetErrorDetails(status);
  std::string text = absl::StrCat("penstock: ", status.message());
  if (!details.reason.empty()) absl::StrAppend(&text, " (", details.reason, ")");
  // Most messages name the field themselves.
  if (text.find(details.field) == std::string::npos) absl::StrAppend(&text, " in ", details.field);
  // gRPC's own error for a method that is not there, which says nothing else.
  if (absl::IsUnimplemented(status) && details.reason.empty())
    absl::StrAppend(&text, "the broker does not offer this: it is older than this program");
  if (details.outcome_unknown) absl::StrAppend(&text, "; it may have been done all the same");
  absl::FPrintF(stderr, "%s\n", text);
  return kFailed;
}

int Main(int argc, char** argv) {
  // A parent that ignores it hands that down: a reader that goes away has to end this program.
  std::signal(SIGPIPE, SIG_DFL);
  CLI::App app("Put and get records of Penstock streams.", "penstock");
  GlobalOptions globals;
  Command chosen;
  AddGlobalOptions(app, &globals);
  AddStreamCommands(app, globals, &chosen);
  AddStreamSettingsCommands(app, globals, &chosen);
  AddShardCommands(app, globals, &chosen);
  AddConsumerCommands(app, globals, &chosen);
  AddAccountCommands(app, globals, &chosen);
  AddPutCommand(app, globals, &chosen);
  AddGetCommand(app, globals, &chosen);
  AddTailCommand(app, globals, &chosen);
  AddTlsCommands(app, globals, &chosen);
  app.require_subcommand(1);
  // --endpoint and --json may stand behind the command, too.
  app.fallthrough();
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->fallthrough();
    for (CLI::App* inner : command->get_subcommands([](CLI::App*) { return true; }))
      inner->fallthrough();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // The parser misses a command before it finds that it does not know the word in its place.
    const std::vector<std::string> unknown = app.remaining(true);
    if (unknown.empty()) return app.exit(error), kWrongUsage;
    absl::FPrintF(stderr,
                  "penstock: no command or option '%s'\nRun with --help for more information.\n",
                  unknown.front());
    return kWrongUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUsage;
  }
  return Report(chosen());
}

}  // namespace
}  // namespace penstock::cli

int main(int argc, char** argv) {
  return penstock::cli::Main(argc, argv);
}
