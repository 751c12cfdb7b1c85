// From the error of a call, as gRPC gives it, to the absl::Status that the client returns, and back
// to what it says.
//
// The details of grpc-status-details-bin (google.rpc.Status) become payloads of the absl::Status
// under the type URLs they travel with; GetErrorDetails (penstock/errors.h) reads them there. A
// call that changes something and failed without such details gets an ErrorInfo of the client's
// own, outcome=unknown, unless the code shows that the broker never ran it. Details that cannot be
// read, or are of another domain, count as none.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

#include "client/rpc/retry_policy.h"

namespace penstock::rpc {

// `call` is put before the message, e.g. "PutRecords orders".
absl::Status ToAbslStatus(const grpc::Status& status, CallKind kind, std::string_view call);

// `*error`, of the last try of a call, with outcome=unknown where an earlier try ended with that. A
// refusal of the last try does not take back what an earlier one may have done.
void CarryOutcome(bool was_unknown, absl::Status* error);

// An error that the client finds by itself, before anything is sent.
absl::Status InvalidArgumentError(std::string_view message);

// Names, ids and tokens of the API are ASCII; other bytes would be refused unread, without saying
// why.
absl::Status RequireAscii(std::string_view field, std::string_view value);
// Texts are UTF-8, for the same reason.
absl::Status RequireUtf8(std::string_view field, std::string_view value);

}  // namespace penstock::rpc
