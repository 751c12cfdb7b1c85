// Somebody else's program: asks a broker that is not there, and expects to be told so.
//
//   uses-penstock HOST:PORT    where nothing listens; ends with 0 if all errors are as expected
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"

#include "penstock/client.h"
#include "penstock/errors.h"

namespace {

bool Expect(bool holds, std::string_view what, const absl::Status& status) {
  if (!holds) std::cerr << "expected " << what << ", got " << status << '\n';
  return holds;
}

bool ErrorsAreAsExpected(const std::string& endpoint) {
  const absl::Status refused =
      penstock::Client::Connect({.endpoint = endpoint, .connection_count = 0}).status();
  if (!Expect(absl::IsInvalidArgument(refused), "INVALID_ARGUMENT", refused)) return false;

  const absl::StatusOr<std::unique_ptr<penstock::Client>> client =
      penstock::Client::Connect({.endpoint = endpoint, .call_timeout = absl::Milliseconds(200)});
  if (!Expect(client.ok(), "a client", client.status())) return false;

  const absl::Status unreached = (*client)->WaitUntilConnected(absl::Milliseconds(200));
  const bool is_told =
      absl::IsUnavailable(unreached) && absl::StrContains(unreached.message(), endpoint);
  if (!Expect(is_told, "UNAVAILABLE with the endpoint", unreached)) return false;

  const absl::Status put =
      (*client)->PutRecord("flights", {.data = "1", .partition_key = "DTW"}).status();
  const bool has_failed = absl::IsUnavailable(put) || absl::IsDeadlineExceeded(put);
  return Expect(has_failed, "UNAVAILABLE or DEADLINE_EXCEEDED", put) &&
         Expect(penstock::GetErrorDetails(put).reason.empty(), "no reason of a broker", put);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: uses-penstock HOST:PORT\n";
    return 2;
  }
  return ErrorsAreAsExpected(argv[1]) ? 0 : 1;
}
