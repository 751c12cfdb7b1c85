#include "client/cli/command.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "client/cli/output.h"
#include "client/cli/time_text.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

// A broker that is there answers at once; one that has just been started gets the time to come up.
constexpr absl::Duration kConnectTimeout = absl::Seconds(3);

constexpr absl::Duration kProgressInterval = absl::Milliseconds(100);
// To the start of the line, and all of it cleared.
constexpr char kClearLine[] = "\r\x1b[K";

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

absl::StatusOr<StreamDescription> AwaitActive(Client& client, const GlobalOptions& globals,
                                              const std::string& stream_name) {
  const bool is_shown = isatty(STDERR_FILENO) == 1 && !globals.is_json;
  const absl::Time started = absl::Now();
  while (true) {
    absl::StatusOr<StreamDescription> stream =
        client.WaitUntilActive(stream_name, is_shown ? kProgressInterval : globals.timeout());
    if (is_shown) std::fputs(kClearLine, stderr);
    const absl::Duration elapsed = absl::Now() - started;
    const bool is_over = elapsed >= globals.timeout() || !absl::IsDeadlineExceeded(stream.status());
    if (stream.ok() || !is_shown || is_over) return stream;
    ASSIGN_OR_RETURN(const StreamDescription now, client.DescribeStreamSummary(stream_name));
    absl::FPrintF(stderr, "stream %s is %s: %s open shards, %s closed  %.1f s", stream_name,
                  std::string(StreamStateName(now.state)), FormatCount(now.open_shard_count),
                  FormatCount(now.closed_shard_count), absl::ToDoubleSeconds(elapsed));
  }
}

absl::Status PrintState(const GlobalOptions& globals, const StreamDescription& stream) {
  Output output;
  if (globals.is_json) {
    output.Line(StreamJson(stream));
  } else {
    const uint32_t count = stream.open_shard_count;
    const std::string shards =
        count == 0 ? ""
                   : absl::StrCat(" with ", FormatCount(count), count == 1 ? " shard" : " shards");
    output.Line(absl::StrCat("stream ", stream.stream_name, shards, " is ",
                             std::string(StreamStateName(stream.state))));
  }
  return output.Flush();
}

CLI::Option* AddTagOption(CLI::App& command, const std::string& name, std::vector<std::string>* to,
                          const std::string& description) {
  return command.add_option(name, *to, description)->check([](const std::string& given) {
    const size_t equals = given.find('=');
    return equals == std::string::npos || equals == 0
               ? absl::StrCat("'", Excerpt(given), "' is no tag: give KEY=VALUE")
               : std::string();
  });
}

std::vector<Tag> ToTags(const std::vector<std::string>& texts) {
  std::vector<Tag> tags;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    tags.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return tags;
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
