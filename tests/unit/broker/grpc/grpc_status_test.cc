#include "broker/grpc/grpc_status.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "tests/unit/broker/grpc/status_details.h"

namespace penstock::broker {
namespace {

TEST_CASE("grpc status: OK is OK") {
  CHECK(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST_CASE("grpc status: every reason of the table") {
  for (int i = 0; i <= static_cast<int>(ErrorReason::kInternalFailure); ++i) {
    const ErrorTraits& traits = TraitsOf(static_cast<ErrorReason>(i));
    INFO(traits.name);
    const ::grpc::Status status = ToGrpcStatus(MakeError(traits.reason, "what was wrong"));
    CHECK(static_cast<int>(status.error_code()) == static_cast<int>(traits.code));
    CHECK(status.error_message() == "what was wrong");
    const StatusDetails details = DetailsOf(status);
    CHECK(details.info.reason() == traits.name);
    CHECK(details.info.domain() == "penstock");
    CHECK(details.outcome() == (traits.outcome == Outcome::kUnknown ? "unknown" : "not_applied"));
    CHECK(details.retry.has_value() == (traits.reason == ErrorReason::kOverloaded));
    CHECK(details.bad_request.has_value() == (traits.code == absl::StatusCode::kInvalidArgument));
  }
}

TEST_CASE("grpc status: the field and the time to wait") {
  const ::grpc::Status invalid =
      ToGrpcStatus(WithField(MakeError(ErrorReason::kInvalidArgument, "limit is 10001"), "limit"));
  const google::rpc::BadRequest bad_request = *DetailsOf(invalid).bad_request;
  CHECK(bad_request.field_violations(0).field() == "limit");
  CHECK(bad_request.field_violations(0).description() == "limit is 10001");

  const ::grpc::Status overloaded = ToGrpcStatus(MakeError(ErrorReason::kOverloaded, "full"));
  CHECK(DetailsOf(overloaded).retry->retry_delay().nanos() == 100'000'000);

  const ::grpc::Status throttled =
      ToGrpcStatus(WithRetryAfter(MakeError(ErrorReason::kThroughputExceeded, "fast"), 2'345));
  CHECK(DetailsOf(throttled).retry->retry_delay().seconds() == 2);
  CHECK(DetailsOf(throttled).retry->retry_delay().nanos() == 345'000'000);
}

TEST_CASE("grpc status: errors made elsewhere get the closest reason") {
  CHECK(ReasonOf(ToGrpcStatus(absl::InternalError("x"))) == "INTERNAL_FAILURE");
  CHECK(ToGrpcStatus(absl::CancelledError("x")).error_code() == ::grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace penstock::broker
