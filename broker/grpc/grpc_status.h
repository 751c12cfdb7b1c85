// ToGrpcStatus: an error as gRPC clients get it.
//
// Code and message are those of the absl::Status. grpc-status-details-bin carries a
// google.rpc.Status with the same code and message and the details
//
//   ErrorInfo    always: reason (common/error.h), domain "penstock", metadata outcome = not_applied
//                or unknown
//   RetryInfo    with OVERLOADED, and with every error that says when to try again (RetryAfterOf)
//   BadRequest   with INVALID_ARGUMENT: the field (FieldOf, may be empty) and what is wrong with it
#pragma once

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

// ErrorInfo.domain of every error.
inline constexpr char kErrorDomain[] = "penstock";
// ErrorInfo.metadata: whether the call may have been applied all the same.
inline constexpr char kOutcomeKey[] = "outcome";

// How long a client waits, at least, after an OVERLOADED that does not say: some rounds of the
// committer.
inline constexpr int kOverloadedRetryDelayMs = 100;

::grpc::Status ToGrpcStatus(const absl::Status& status);

// The reverse, for counting: how a call that is answered with `status` ended.
MethodResult ResultOf(const ::grpc::Status& status);

}  // namespace penstock::broker
