#include "client/rpc/error_status.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <simdjson.h>

#include "common/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "penstock/errors.h"

namespace penstock {
namespace {

constexpr absl::string_view kErrorInfoType = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kBadRequestType = "type.googleapis.com/google.rpc.BadRequest";
constexpr absl::string_view kRetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
constexpr char kDomain[] = "penstock";
constexpr char kOutcome[] = "outcome";
constexpr char kOutcomeNotApplied[] = "not_applied";
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

bool IsNeverRun(absl::StatusCode code) {
  return code == absl::StatusCode::kUnimplemented || code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kPermissionDenied;
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
namespace {

// What the client adds to, or takes from, what the broker says about the outcome.
void SettleOutcome(CallKind kind, absl::Status* error) {
  std::optional<google::rpc::ErrorInfo> info = PenstockErrorInfo(*error);
  if (!info.has_value()) {
    if (kind == CallKind::kRead || IsNeverRun(error->code())) return;
    info.emplace();
    info->set_domain(kDomain);
  }
  std::string& outcome = (*info->mutable_metadata())[kOutcome];
  // A call that only reads leaves nothing behind, whatever its error says.
  if (kind == CallKind::kRead) {
    outcome = kOutcomeNotApplied;
  } else if (outcome != kOutcomeNotApplied) {
    outcome = kOutcomeUnknown;
  }
  error->SetPayload(kErrorInfoType, absl::Cord(info->SerializeAsString()));
}

}  // namespace

absl::Status ToAbslStatus(const grpc::Status& status, CallKind kind, std::string_view call) {
  if (status.ok()) return absl::OkStatus();
  // The codes of gRPC and Abseil are the same numbers.
  absl::Status error(static_cast<absl::StatusCode>(status.error_code()),
                     absl::StrCat(std::string(call), ": ", status.error_message()));
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : details.details()) {
      error.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  SettleOutcome(kind, &error);
  return error;
}

void CarryOutcome(bool was_unknown, absl::Status* error) {
  if (!was_unknown || error->ok()) return;
  google::rpc::ErrorInfo info =
      PenstockErrorInfo(*error).value_or(google::rpc::ErrorInfo::default_instance());
  info.set_domain(kDomain);
  (*info.mutable_metadata())[kOutcome] = kOutcomeUnknown;
  error->SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
}

absl::Status InvalidArgumentError(std::string_view message) {
  absl::Status error =
      absl::InvalidArgumentError(absl::string_view(message.data(), message.size()));
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(std::string(TraitsOf(ErrorReason::kInvalidArgument).name));
  (*info.mutable_metadata())[kOutcome] = kOutcomeNotApplied;
  error.SetPayload(kErrorInfoType, absl::Cord(info.SerializeAsString()));
  return error;
}

absl::Status RequireAscii(std::string_view field, std::string_view value) {
  const bool is_ascii = std::all_of(value.begin(), value.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(std::string(field), " '", Excerpt(value), "' is not ASCII"));
}

absl::Status RequireUtf8(std::string_view field, std::string_view value) {
  if (simdjson::validate_utf8(value.data(), value.size())) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(std::string(field), " '", Excerpt(value), "' is not UTF-8"));
}

}  // namespace rpc
}  // namespace penstock
