#include "broker/grpc/grpc_status.h"

#include <cstdint>
#include <optional>
#include <string>

#include "common/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace penstock::broker {
namespace {

// The canonical codes have the same numbers in both libraries.
static_assert(static_cast<int>(absl::StatusCode::kCancelled) == ::grpc::StatusCode::CANCELLED);
static_assert(static_cast<int>(absl::StatusCode::kDataLoss) == ::grpc::StatusCode::DATA_LOSS);
static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) ==
              ::grpc::StatusCode::UNAUTHENTICATED);

void AddErrorInfo(const ErrorTraits& traits, google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(traits.name));
  info.set_domain(kErrorDomain);
  (*info.mutable_metadata())[kOutcomeKey] =
      traits.outcome == Outcome::kUnknown ? "unknown" : "not_applied";
  status.add_details()->PackFrom(info);
}

// Nothing: the error does not say when to try again.
std::optional<int64_t> RetryDelayMsOf(const absl::Status& error, ErrorReason reason) {
  const std::optional<int64_t> given_ms = RetryAfterOf(error);
  if (given_ms.has_value() || reason != ErrorReason::kOverloaded) return given_ms;
  return kOverloadedRetryDelayMs;
}

void AddRetryInfo(int64_t delay_ms, google::rpc::Status& status) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(delay_ms / 1'000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(delay_ms % 1'000 * 1'000'000));
  status.add_details()->PackFrom(retry);
}

void AddBadRequest(const absl::Status& error, google::rpc::Status& status) {
  google::rpc::BadRequest bad_request;
  auto* const violation = bad_request.add_field_violations();
  violation->set_field(FieldOf(error));
  violation->set_description(std::string(error.message()));
  status.add_details()->PackFrom(bad_request);
}

}  // namespace

::grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return ::grpc::Status::OK;
  const ErrorReason reason = ReasonOf(status);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  AddErrorInfo(TraitsOf(reason), details);
  if (const std::optional<int64_t> delay_ms = RetryDelayMsOf(status, reason)) {
    AddRetryInfo(*delay_ms, details);
  }
  if (status.code() == absl::StatusCode::kInvalidArgument) AddBadRequest(status, details);
  return ::grpc::Status(static_cast<::grpc::StatusCode>(status.code()), details.message(),
                        details.SerializeAsString());
}

MethodResult ResultOf(const ::grpc::Status& status) {
  if (status.ok()) return MethodResult::Ok();
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  // ToGrpcStatus puts ErrorInfo first.
  if (details.ParseFromString(status.error_details()) && details.details_size() > 0 &&
      details.details(0).UnpackTo(&info)) {
    if (const auto reason = ParseErrorReason(info.reason())) return MethodResult::Error(*reason);
  }
  // An error of gRPC's own.
  return MethodResult::Of(
      absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()));
}

}  // namespace penstock::broker
