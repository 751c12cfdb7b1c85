// What an error of the client says beyond its code: the reason, whether the call may have been
// applied all the same, and when to try again.
//
// Every call returns absl::Status or absl::StatusOr. The code is the canonical one of gRPC;
// GetErrorDetails reads what the broker attached to it. Pure function; thread-safe; never fails:
// what an error does not say stays empty.
//
//   absl::StatusOr<penstock::PutRecordResult> result = client->PutRecord("orders", entry);
//   if (!result.ok()) {
//     const penstock::ErrorDetails details = penstock::GetErrorDetails(result.status());
//     if (details.reason == "STREAM_NOT_FOUND") ...
//     if (details.outcome_unknown) ...  // the record may be stored: putting it again may store it
//     twice
//   }
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace penstock {

struct ErrorDetails {
  // One word of the broker's table of errors, e.g. "STREAM_NOT_FOUND", "OVERLOADED",
  // "EXPIRED_ITERATOR"; empty where the error was not made by a broker, e.g. a connection that was
  // lost.
  std::string reason;
  // True where a call that changes something (put, create, delete) may have been applied although
  // it failed: the answer was lost, the deadline passed first, or the disk failed. Always false for
  // calls that only read, and for an OK status.
  bool outcome_unknown = false;
  // The field of the request that the error is about, e.g. "records[3].partition_key"; empty where
  // it is about none.
  std::string field;
  // The broker asks to wait at least this long before the next try.
  std::optional<absl::Duration> retry_delay;
};

ErrorDetails GetErrorDetails(const absl::Status& status);

}  // namespace penstock
