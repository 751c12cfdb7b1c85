#include "client/rpc/error_details.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

#include "common/error.h"
#include "google/rpc/error_details.pb.h"

namespace penstock::rpc {
namespace {

constexpr absl::string_view kErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
constexpr absl::string_view kBadRequestType = "type.googleapis.com/google.rpc.BadRequest";

}  // namespace

absl::Status ToStatus(const ErrorAnswer& answer) {
  const std::optional<ErrorReason> reason = ParseErrorReason(answer.reason);
  // A reason that a newer broker knows is told as it is.
  const absl::StatusCode code =
      reason.has_value() ? TraitsOf(*reason).code : absl::StatusCode::kUnknown;
  absl::Status error(code, absl::string_view(answer.message.data(), answer.message.size()));
  google::rpc::ErrorInfo info;
  info.set_domain("penstock");
  info.set_reason(std::string(answer.reason));
  error.SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
  if (answer.retry_after_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(static_cast<int64_t>(answer.retry_after_ms / 1'000));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(answer.retry_after_ms % 1'000 * 1'000'000));
    error.SetPayload(kRetryInfoType, absl::Cord(retry.SerializeAsString()));
  }
  if (!answer.field.empty()) {
    google::rpc::BadRequest request;
    request.add_field_violations()->set_field(std::string(answer.field));
    error.SetPayload(kBadRequestType, absl::Cord(request.SerializeAsString()));
  }
  return WithOutcome(std::move(error), answer.outcome_unknown);
}

absl::Status ToClientStatus(const absl::Status& error) {
  if (error.ok()) return error;
  const ErrorTraits& traits = TraitsOf(ReasonOf(error));
  const std::string message(error.message());
  const std::string field = FieldOf(error);
  return ToStatus({.reason = traits.name,
                   .message = message,
                   .outcome_unknown = traits.outcome == Outcome::kUnknown,
                   .field = field});
}

absl::Status WithOutcome(absl::Status error, bool outcome_unknown) {
  google::rpc::ErrorInfo info;
  if (const auto payload = error.GetPayload(kErrorInfoType); payload.has_value()) {
    if (!info.ParseFromString(std::string(*payload))) info.Clear();
  }
  info.set_domain("penstock");
  (*info.mutable_metadata())["outcome"] = outcome_unknown ? "unknown" : "not_applied";
  error.SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
  return error;
}

}  // namespace penstock::rpc
