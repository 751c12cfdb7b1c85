#include "client/producer/retry.h"

#include <algorithm>
#include <optional>

#include "common/error.h"
#include "penstock/errors.h"

namespace penstock::producer {

Verdict Judge(const absl::Status& error) {
  const std::optional<ErrorReason> reason = ParseErrorReason(GetErrorDetails(error).reason);
  if (!reason.has_value()) {
    // A connection that was lost, a call that took too long: not the broker's word on the batch.
    return Verdict::kAgain;
  }
  switch (*reason) {
    case ErrorReason::kThroughputExceeded:
      return Verdict::kThrottled;
    case ErrorReason::kProducerSequenceGap:
      return Verdict::kGap;
    case ErrorReason::kShardClosed:
      return Verdict::kShardClosed;
    case ErrorReason::kStreamNotFound:
    case ErrorReason::kShardNotFound:
      return Verdict::kGone;
    case ErrorReason::kInvalidArgument:
    case ErrorReason::kRequestTooLarge:
    case ErrorReason::kProducerFenced:
    case ErrorReason::kProducerSequenceForgotten:
      return Verdict::kFail;
    default:
      // Also CORRUPT_RECORDS: the batch was whole when it left.
      return Verdict::kAgain;
  }
}

int64_t Backoff::NextUs(const absl::Status& error) {
  const double part = std::uniform_real_distribution<double>(0, 1)(random_);
  const absl::Duration asked = GetErrorDetails(error).retry_delay.value_or(absl::ZeroDuration());
  const absl::Duration wait = asked + window_ * part;
  window_ = std::min(window_ * 2, delays_.max);
  return absl::ToInt64Microseconds(wait);
}

}  // namespace penstock::producer
