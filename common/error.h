// The one table of what can go wrong: a reason, its canonical code, and whether the outcome is
// known.
//
// Every error that leaves the broker is made here, by MakeError, so that gRPC and the Kinesis wire
// tell the same story. The reason travels in the absl::Status as a payload; ReasonOf reads it back.
// Messages are lower case, say what was wrong, with the ids and the limit: "partition_key has 300
// characters, more than 256".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace penstock {

enum class ErrorReason {
  kInvalidArgument,
  kStreamNotFound,
  kStreamAlreadyExists,
  kStreamNotActive,
  kShardNotFound,
  kShardClosed,
  kInvalidIterator,
  kExpiredIterator,
  kExpiredNextToken,
  kLimitExceeded,
  kRequestTooLarge,
  kOverloaded,
  kShuttingDown,
  kCorruptRecords,
  kForeignData,
  kNewerFormat,
  kDataDirectoryInUse,
  kStorageFailed,
  kStorageStopped,
  kConsumerNotFound,
  kConsumerAlreadyExists,
  kConsumerInUse,
  kStreamHasConsumers,
  kWrongStreamMode,
  kDryRun,
  kThroughputExceeded,
  kDiskBudgetExceeded,
  kProducerFenced,
  kProducerSequenceGap,
  kProducerSequenceForgotten,
  kSequenceNumberMismatch,
  kKmsNotFound,
  kKmsDisabled,
  kKmsInvalidState,
  kKmsAccessDenied,
  kKmsOptInRequired,
  kKmsThrottling,
  kInternalFailure,
};

// Whether a call that failed has left something behind.
enum class Outcome {
  kNotApplied,
  // The records may be stored: the disk failed, or the broker stopped, between writing and knowing;
  // or they are, and their numbers are no longer known.
  kUnknown,
};

struct ErrorTraits {
  ErrorReason reason;
  // ErrorInfo.reason on the gRPC wire: "STREAM_NOT_FOUND".
  std::string_view name;
  // The exception of the Kinesis wire, without the suffix: "ResourceNotFound".
  std::string_view kinesis_name;
  absl::StatusCode code;
  Outcome outcome;
};

const ErrorTraits& TraitsOf(ErrorReason reason);

// Nothing if `name` is not in the table.
std::optional<ErrorReason> ParseErrorReason(std::string_view name);

absl::Status MakeError(ErrorReason reason, std::string_view message);

// `status` with the path of the request's field that it is about, e.g. "records[3].partition_key".
absl::Status WithField(absl::Status status, std::string_view field);
// Empty if there is none.
std::string FieldOf(const absl::Status& status);

// `status` with how long the caller waits, at least, before it tries again; 0 or more. The doors
// pass it on (RetryInfo on the gRPC wire).
absl::Status WithRetryAfter(absl::Status status, int64_t retry_after_ms);
// Nothing if none was given.
std::optional<int64_t> RetryAfterOf(const absl::Status& status);

// The reason of an error made by MakeError; for any other error the closest by code;
// kInternalFailure where none is close. `status` must not be OK.
ErrorReason ReasonOf(const absl::Status& status);

// For messages: `text` cut to 64 bytes, with bytes that are not printable ASCII escaped.
std::string Excerpt(std::string_view text);

}  // namespace penstock
