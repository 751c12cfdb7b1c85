#include "common/error.h"

#include <array>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

#include "common/check.h"

namespace penstock {
namespace {

using absl::StatusCode;

constexpr absl::string_view kReasonPayload = "type.penstock/reason";
constexpr absl::string_view kFieldPayload = "type.penstock/field";
constexpr absl::string_view kRetryAfterPayload = "type.penstock/retry-after-ms";
constexpr size_t kExcerptBytesMax = 64;

constexpr std::array kTable = {
    ErrorTraits{ErrorReason::kInvalidArgument, "INVALID_ARGUMENT", "InvalidArgument",
                StatusCode::kInvalidArgument, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kStreamNotFound, "STREAM_NOT_FOUND", "ResourceNotFound",
                StatusCode::kNotFound, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kStreamAlreadyExists, "STREAM_ALREADY_EXISTS", "ResourceInUse",
                StatusCode::kAlreadyExists, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kStreamNotActive, "STREAM_NOT_ACTIVE", "ResourceInUse",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kShardNotFound, "SHARD_NOT_FOUND", "ResourceNotFound",
                StatusCode::kNotFound, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kShardClosed, "SHARD_CLOSED", "InternalFailure",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kInvalidIterator, "INVALID_ITERATOR", "InvalidArgument",
                StatusCode::kInvalidArgument, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kExpiredIterator, "EXPIRED_ITERATOR", "ExpiredIterator",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kExpiredNextToken, "EXPIRED_NEXT_TOKEN", "ExpiredNextToken",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kLimitExceeded, "LIMIT_EXCEEDED", "LimitExceeded",
                StatusCode::kResourceExhausted, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kRequestTooLarge, "REQUEST_TOO_LARGE", "InvalidArgument",
                StatusCode::kInvalidArgument, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kOverloaded, "OVERLOADED", "ProvisionedThroughputExceeded",
                StatusCode::kResourceExhausted, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kShuttingDown, "SHUTTING_DOWN", "InternalFailure",
                StatusCode::kUnavailable, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kCorruptRecords, "CORRUPT_RECORDS", "InternalFailure",
                StatusCode::kDataLoss, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kForeignData, "FOREIGN_DATA", "InternalFailure",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kNewerFormat, "NEWER_FORMAT", "InternalFailure",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kDataDirectoryInUse, "DATA_DIRECTORY_IN_USE", "InternalFailure",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kStorageFailed, "STORAGE_FAILED", "InternalFailure",
                StatusCode::kUnavailable, Outcome::kUnknown},
    ErrorTraits{ErrorReason::kStorageStopped, "STORAGE_STOPPED", "InternalFailure",
                StatusCode::kUnavailable, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kConsumerNotFound, "CONSUMER_NOT_FOUND", "ResourceNotFound",
                StatusCode::kNotFound, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kConsumerAlreadyExists, "CONSUMER_ALREADY_EXISTS", "ResourceInUse",
                StatusCode::kAlreadyExists, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kConsumerInUse, "CONSUMER_IN_USE", "ResourceInUse",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kStreamHasConsumers, "STREAM_HAS_CONSUMERS", "ResourceInUse",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kWrongStreamMode, "WRONG_STREAM_MODE", "Validation",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kDryRun, "DRY_RUN", "DryRunOperation", StatusCode::kFailedPrecondition,
                Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kThroughputExceeded, "THROUGHPUT_EXCEEDED",
                "ProvisionedThroughputExceeded", StatusCode::kResourceExhausted,
                Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kDiskBudgetExceeded, "DISK_BUDGET_EXCEEDED", "InternalFailure",
                StatusCode::kResourceExhausted, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kProducerFenced, "PRODUCER_FENCED", "InvalidArgument",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kProducerSequenceGap, "PRODUCER_SEQUENCE_GAP", "InvalidArgument",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kProducerSequenceForgotten, "PRODUCER_SEQUENCE_FORGOTTEN",
                "InvalidArgument", StatusCode::kFailedPrecondition, Outcome::kUnknown},
    ErrorTraits{ErrorReason::kSequenceNumberMismatch, "SEQUENCE_NUMBER_MISMATCH", "InvalidArgument",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsNotFound, "KMS_NOT_FOUND", "KMSNotFound", StatusCode::kNotFound,
                Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsDisabled, "KMS_DISABLED", "KMSDisabled",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsInvalidState, "KMS_INVALID_STATE", "KMSInvalidState",
                StatusCode::kFailedPrecondition, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsAccessDenied, "KMS_ACCESS_DENIED", "KMSAccessDenied",
                StatusCode::kPermissionDenied, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsOptInRequired, "KMS_OPT_IN_REQUIRED", "KMSOptInRequired",
                StatusCode::kPermissionDenied, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kKmsThrottling, "KMS_THROTTLING", "KMSThrottling",
                StatusCode::kResourceExhausted, Outcome::kNotApplied},
    ErrorTraits{ErrorReason::kInternalFailure, "INTERNAL_FAILURE", "InternalFailure",
                StatusCode::kInternal, Outcome::kUnknown},
};

constexpr bool TableIsInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].reason) != i) return false;
  }
  return static_cast<size_t>(ErrorReason::kInternalFailure) + 1 == kTable.size();
}
static_assert(TableIsInOrder(), "TraitsOf indexes the table by reason");

}  // namespace

const ErrorTraits& TraitsOf(ErrorReason reason) {
  return kTable[static_cast<size_t>(reason)];
}

std::optional<ErrorReason> ParseErrorReason(std::string_view name) {
  for (const ErrorTraits& traits : kTable) {
    if (traits.name == name) return traits.reason;
  }
  return std::nullopt;
}

absl::Status MakeError(ErrorReason reason, std::string_view message) {
  const ErrorTraits& traits = TraitsOf(reason);
  absl::Status status(traits.code, absl::string_view(message.data(), message.size()));
  status.SetPayload(kReasonPayload,
                    absl::Cord(absl::string_view(traits.name.data(), traits.name.size())));
  return status;
}

absl::Status WithField(absl::Status status, std::string_view field) {
  status.SetPayload(kFieldPayload, absl::Cord(absl::string_view(field.data(), field.size())));
  return status;
}

std::string FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kFieldPayload);
  return payload ? std::string(*payload) : std::string();
}

absl::Status WithRetryAfter(absl::Status status, int64_t retry_after_ms) {
  CHECK(retry_after_ms >= 0);
  status.SetPayload(kRetryAfterPayload, absl::Cord(std::to_string(retry_after_ms)));
  return status;
}

std::optional<int64_t> RetryAfterOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kRetryAfterPayload);
  int64_t retry_after_ms = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &retry_after_ms)) return std::nullopt;
  return retry_after_ms;
}

ErrorReason ReasonOf(const absl::Status& status) {
  CHECK(!status.ok());
  if (const absl::optional<absl::Cord> payload = status.GetPayload(kReasonPayload)) {
    const std::string name(*payload);
    if (const std::optional<ErrorReason> reason = ParseErrorReason(name)) return *reason;
  }
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kOutOfRange:
      return ErrorReason::kInvalidArgument;
    case StatusCode::kResourceExhausted:
      return ErrorReason::kOverloaded;
    case StatusCode::kDataLoss:
      return ErrorReason::kCorruptRecords;
    default:
      return ErrorReason::kInternalFailure;
  }
}

std::string Excerpt(std::string_view text) {
  const std::string_view head = text.substr(0, kExcerptBytesMax);
  std::string excerpt = absl::CHexEscape(absl::string_view(head.data(), head.size()));
  if (head.size() < text.size()) excerpt += "...";
  return excerpt;
}

}  // namespace penstock
