#include "client/rpc/error_details.h"

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "penstock/errors.h"

namespace penstock::rpc {
namespace {

TEST_CASE("error details: what is made is what GetErrorDetails reads") {
  const absl::Status error = ToStatus({.reason = "OVERLOADED",
                                       .message = "queue is full",
                                       .outcome_unknown = false,
                                       .retry_after_ms = 70,
                                       .field = "records"});
  CHECK(absl::IsResourceExhausted(error));
  const ErrorDetails details = GetErrorDetails(error);
  CHECK(details.reason == "OVERLOADED");
  CHECK(details.field == "records");
  CHECK(details.retry_delay == absl::Milliseconds(70));
  CHECK_FALSE(details.outcome_unknown);
}

TEST_CASE("error details: the outcome is said without losing the rest") {
  const absl::Status error = ToStatus({.reason = "STREAM_NOT_FOUND", .message = "no 'orders'"});
  const absl::Status unknown = WithOutcome(error, true);
  CHECK(GetErrorDetails(unknown).reason == "STREAM_NOT_FOUND");
  CHECK(GetErrorDetails(unknown).outcome_unknown);
  CHECK_FALSE(GetErrorDetails(WithOutcome(unknown, false)).outcome_unknown);
  const absl::Status foreign = WithOutcome(absl::DeadlineExceededError("late"), true);
  CHECK(GetErrorDetails(foreign).outcome_unknown);
  CHECK(GetErrorDetails(foreign).reason.empty());
}

TEST_CASE("error details: errors of the table") {
  const absl::Status error = ToClientStatus(WithField(
      MakeError(ErrorReason::kInvalidArgument, "partition_key is empty"), "partition_key"));
  CHECK(absl::IsInvalidArgument(error));
  CHECK(GetErrorDetails(error).reason == "INVALID_ARGUMENT");
  CHECK(GetErrorDetails(error).field == "partition_key");
  CHECK(
      GetErrorDetails(ToClientStatus(MakeError(ErrorReason::kStorageFailed, ""))).outcome_unknown);
  CHECK(ToClientStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace penstock::rpc
