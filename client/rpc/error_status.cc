#include "client/rpc/error_status.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <simdjson.h>

#include "client/rpc/error_details.h"
#include "common/error.h"
#include "google/rpc/status.pb.h"

namespace penstock::rpc {
namespace {

bool IsNeverRun(absl::StatusCode code) {
  return code == absl::StatusCode::kUnimplemented || code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kPermissionDenied;
}

// What the client adds to, or takes from, what the broker says about the outcome.
void SettleOutcome(CallKind kind, absl::Status* error) {
  const std::optional<std::string> stated = StatedOutcome(*error);
  if (!stated.has_value() && (kind == CallKind::kRead || IsNeverRun(error->code()))) return;
  // A call that only reads leaves nothing behind, whatever its error says.
  const bool not_applied = kind == CallKind::kRead || stated == kOutcomeNotApplied;
  *error = WithOutcome(std::move(*error), !not_applied);
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
  if (was_unknown && !error->ok()) *error = WithOutcome(std::move(*error), true);
}

absl::Status InvalidArgumentError(std::string_view message) {
  return ToStatus({.reason = TraitsOf(ErrorReason::kInvalidArgument).name, .message = message});
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

}  // namespace penstock::rpc
