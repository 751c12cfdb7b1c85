#include "client/cli/command.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/time_text.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

// A broker that is there answers at once; one that has just been started gets the time to come up.
constexpr absl::Duration kConnectTimeout = absl::Seconds(3);

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> ConnectToBroker(const GlobalOptions& globals,
                                                        int connection_count) {
  ClientOptions options;
  options.endpoint = globals.endpoint;
  options.call_timeout = globals.timeout();
  options.connection_count = connection_count;
  ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Client::Connect(options));
  const absl::Status connected =
      client->WaitUntilConnected(std::min(kConnectTimeout, globals.timeout()));
  if (!connected.ok()) {
    return absl::UnavailableError(absl::StrCat(
        connected.message(),
        ": is penstockd running there? (--endpoint or PENSTOCK_ENDPOINT names another place)"));
  }
  return client;
}

void AddFromOption(CLI::App& command, std::string* text) {
  command
      .add_option("--from", *text,
                  "Where to begin: trim-horizon, latest, at:NUMBER, after:NUMBER, "
                  "2026-01-31T12:00:00Z, milliseconds "
                  "since 1970, or -10s, -30m, -1h, -7d")
      ->capture_default_str()
      ->check([](const std::string& given) {
        const auto position = ParsePosition(given, absl::Now());
        return position.ok() ? std::string() : std::string(position.status().message());
      });
}

}  // namespace penstock::cli
