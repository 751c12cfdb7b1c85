#include "broker/kinesis/kinesis_errors.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kResourceInUse = "ResourceInUseException";
constexpr std::string_view kResourceNotFound = "ResourceNotFoundException";
constexpr std::string_view kThroughputExceeded = "ProvisionedThroughputExceededException";

// Where Kinesis has another name than the field's words give.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOwnNames = {{
    {"max_record_size_in_kib", "MaxRecordSizeInKiB"},
    {"warm_throughput_mibps", "WarmThroughputMiBps"},
    {"stream_mode", "StreamModeDetails.StreamMode"},
    {"timestamp_ms", "Timestamp"},
    {"stream_creation_timestamp_ms", "StreamCreationTimestamp"},
    {"starting_position.sequence_number", "StartingPosition.SequenceNumber"},
    {"minimum_throughput_billing_commitment_status", "MinimumThroughputBillingCommitment.Status"},
}};

std::string OfStream(const CallSubject& subject) {
  return absl::StrCat("tream ", std::string(subject.stream_name), " under account ",
                      std::string(subject.account_id));
}

bool MayFailWith(const AwsOperation& operation, std::string_view type) {
  return std::find(operation.errors.begin(), operation.errors.end(), type) !=
         operation.errors.end();
}

std::string RateExceeded(const CallSubject& subject) {
  return absl::StrCat("Rate exceeded for shard ", std::string(subject.shard_id), " in s",
                      OfStream(subject), ".");
}

// The message with its field as Kinesis names it.
std::string InWordsOfKinesis(const absl::Status& status) {
  std::string message(status.message());
  const std::string field = FieldOf(status);
  if (!field.empty() && message.starts_with(field))
    message.replace(0, field.size(), KinesisFieldName(field));
  return message;
}

std::string MessageOf(const absl::Status& status, const CallSubject& subject) {
  const bool has_stream = !subject.stream_name.empty();
  const bool has_shard = has_stream && !subject.shard_id.empty();
  switch (ReasonOf(status)) {
    case ErrorReason::kStreamNotFound:
      if (has_stream) return absl::StrCat("S", OfStream(subject), " not found.");
      break;
    case ErrorReason::kStreamAlreadyExists:
      if (has_stream) return absl::StrCat("S", OfStream(subject), " already exists.");
      break;
    case ErrorReason::kShardNotFound:
      if (has_shard) {
        return absl::StrCat("Could not find shard ", std::string(subject.shard_id), " in s",
                            OfStream(subject), ".");
      }
      break;
    case ErrorReason::kThroughputExceeded:
      if (has_shard) return RateExceeded(subject);
      break;
    case ErrorReason::kDryRun:
      return "Request would have succeeded, but DryRun flag is set.";
    default:
      break;
  }
  return InWordsOfKinesis(status);
}

}  // namespace

std::string KinesisFieldName(std::string_view field) {
  for (const auto& [ours, theirs] : kOwnNames) {
    if (field == ours) return std::string(theirs);
  }
  std::string name;
  bool upper = true;
  for (const char c : field) {
    if (c == '_') {
      upper = true;
      continue;
    }
    name += upper ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
    upper = c == '.';
  }
  return name;
}

AwsError DescribeError(const absl::Status& status, const AwsOperation& operation,
                       const CallSubject& subject) {
  AwsError error = AwsErrorOf(status);
  // Made for the wire: it has its words already.
  if (HasAwsErrorType(status)) return error;
  error.message = MessageOf(status, subject);
  // The data plane has no error for a stream that is being made or deleted: for it there is none.
  if (ReasonOf(status) == ErrorReason::kStreamNotActive && error.type == kResourceInUse &&
      !MayFailWith(operation, kResourceInUse)) {
    error.type = std::string(kResourceNotFound);
    error.message = absl::StrCat("S", OfStream(subject), " not found.");
  }
  return error;
}

AwsError DescribeRecordError(const absl::Status& status, const CallSubject& subject) {
  if (AwsErrorOf(status).type != kThroughputExceeded)
    return {"InternalFailure", "Internal Service Failure", 500};
  if (ReasonOf(status) == ErrorReason::kThroughputExceeded)
    return {std::string(kThroughputExceeded), RateExceeded(subject), 400};
  return {std::string(kThroughputExceeded), InWordsOfKinesis(status), 400};
}

}  // namespace penstock::broker
