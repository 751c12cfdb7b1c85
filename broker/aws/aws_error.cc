#include "broker/aws/aws_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

#include "common/check.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr absl::string_view kTypePayload = "type.penstock/aws-error";
// The one exception of Kinesis whose name has no suffix.
constexpr std::string_view kNameWithoutSuffix = "KMSOptInRequired";
constexpr int kBadRequest = 400;
constexpr int kInternalServerError = 500;

std::string TypeOf(const absl::Status& status) {
  if (const absl::optional<absl::Cord> payload = status.GetPayload(kTypePayload)) {
    return std::string(*payload);
  }
  std::string type(TraitsOf(ReasonOf(status)).kinesis_name);
  if (type != kNameWithoutSuffix) type += "Exception";
  return type;
}

}  // namespace

absl::Status MakeAwsError(std::string_view type, std::string_view message) {
  absl::Status status(absl::StatusCode::kInvalidArgument,
                      absl::string_view(message.data(), message.size()));
  status.SetPayload(kTypePayload, absl::Cord(absl::string_view(type.data(), type.size())));
  return status;
}

bool HasAwsErrorType(const absl::Status& status) {
  return status.GetPayload(kTypePayload).has_value();
}

AwsError AwsErrorOf(const absl::Status& status) {
  CHECK(!status.ok());
  AwsError error;
  error.type = TypeOf(status);
  error.message = std::string(status.message());
  const bool ours = error.type == "InternalFailureException" || error.type == "InternalFailure";
  error.http_status = ours ? kInternalServerError : kBadRequest;
  return error;
}

}  // namespace penstock::broker
