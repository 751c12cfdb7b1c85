#include "client/rpc/error_details.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

#include "common/error.h"
#include "google/rpc/error_details.pb.h"
#include "penstock/errors.h"

namespace penstock {
namespace {

constexpr absl::string_view kErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
constexpr absl::string_view kBadRequestType = "type.googleapis.com/google.rpc.BadRequest";
constexpr char kDomain[] = "penstock";
constexpr char kOutcome[] = "outcome";
constexpr char kOutcomeUnknown[] = "unknown";

template <typename Message>
std::optional<Message> ParsePayload(const absl::Status& status, absl::string_view type_url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(type_url);
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

std::optional<google::rpc::ErrorInfo> PenstockErrorInfo(const absl::Status& status) {
  auto info = ParsePayload<google::rpc::ErrorInfo>(status, kErrorInfoType);
  if (info.has_value() && info->domain() != kDomain) return std::nullopt;
  return info;
}

}  // namespace

ErrorDetails GetErrorDetails(const absl::Status& status) {
  ErrorDetails details;
  if (status.ok()) return details;
  if (const auto info = PenstockErrorInfo(status)) {
    details.reason = info->reason();
    const auto outcome = info->metadata().find(kOutcome);
    details.outcome_unknown =
        outcome != info->metadata().end() && outcome->second == kOutcomeUnknown;
  }
  const auto bad_request = ParsePayload<google::rpc::BadRequest>(status, kBadRequestType);
  if (bad_request.has_value() && bad_request->field_violations_size() > 0)
    details.field = bad_request->field_violations(0).field();
  if (const auto retry = ParsePayload<google::rpc::RetryInfo>(status, kRetryInfoType)) {
    const absl::Duration delay = absl::Seconds(retry->retry_delay().seconds()) +
                                 absl::Nanoseconds(retry->retry_delay().nanos());
    if (delay > absl::ZeroDuration()) details.retry_delay = delay;
  }
  return details;
}

namespace rpc {

absl::Status ToStatus(const ErrorAnswer& answer) {
  const std::optional<ErrorReason> reason = ParseErrorReason(answer.reason);
  // A reason that a newer broker knows is told as it is.
  const absl::StatusCode code =
      reason.has_value() ? TraitsOf(*reason).code : absl::StatusCode::kUnknown;
  absl::Status error(code, absl::string_view(answer.message.data(), answer.message.size()));
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
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

std::optional<std::string> StatedOutcome(const absl::Status& error) {
  const auto info = PenstockErrorInfo(error);
  if (!info.has_value()) return std::nullopt;
  const auto outcome = info->metadata().find(kOutcome);
  return outcome == info->metadata().end() ? "" : outcome->second;
}

absl::Status WithOutcome(absl::Status error, bool outcome_unknown) {
  google::rpc::ErrorInfo info =
      PenstockErrorInfo(error).value_or(google::rpc::ErrorInfo::default_instance());
  info.set_domain(kDomain);
  (*info.mutable_metadata())[kOutcome] = outcome_unknown ? kOutcomeUnknown : kOutcomeNotApplied;
  error.SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
  return error;
}

}  // namespace rpc
}  // namespace penstock
