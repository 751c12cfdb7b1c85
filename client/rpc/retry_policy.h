// When a call that failed is tried again, and after how long. Knows no gRPC and keeps no time: the
// callers wait.
//
//   call        code                             what the error says          again?
//   any         UNAVAILABLE, RESOURCE_EXHAUSTED  reason LIMIT_EXCEEDED        no: waiting is no help
//   any         RESOURCE_EXHAUSTED               no reason: gRPC's own limit  no: the same for all
//   read        UNAVAILABLE, RESOURCE_EXHAUSTED  anything else                yes
//   read        CANCELLED                        anything                     yes: a broker stopped
//   mutation    UNAVAILABLE, RESOURCE_EXHAUSTED  outcome=not_applied          yes
//   mutation    UNAVAILABLE, RESOURCE_EXHAUSTED  nothing, or outcome=unknown  no: it may be applied
//   idempotent  as a read
//   any         any other                        anything                     no: it would fail again
//
// Throttling (OVERLOADED, THROUGHPUT_EXCEEDED, DISK_BUDGET_EXCEEDED, KMS_THROTTLING) is thus tried
// again by every call, after the time that the broker names.
//
// A call that is tried again though it may have been applied stays one that may have been: a last
// try that is refused says nothing of the tries before it (CarryOutcome).
//
// RetrySchedule belongs to one call and is not thread-safe; it never fails.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace penstock::rpc {

enum class CallKind {
  // Changes nothing: trying it again is always safe.
  kRead,
  // Puts, creates, deletes, changes.
  kMutation,
  // Changes something, but only once however often it is tried: a put with a producer's stamp.
  kIdempotentMutation,
};

bool IsRetryable(CallKind kind, const absl::Status& error);

struct RetryDelays {
  absl::Duration initial;
  absl::Duration max;
};

class RetrySchedule {
 public:
  RetrySchedule(CallKind kind, RetryDelays delays, uint64_t seed)
      : kind_(kind), delays_(delays), window_(delays.initial), random_(seed) {}

  // How long to wait before the next try; nothing where `error` is final, or where the wait would
  // take all of the `remaining` time. At least what the broker asks for or takes to stop, plus a
  // random part of the window, which then doubles.
  std::optional<absl::Duration> Next(const absl::Status& error, absl::Duration remaining);

 private:
  const CallKind kind_;
  const RetryDelays delays_;
  absl::Duration window_;
  std::mt19937_64 random_;
};

}  // namespace penstock::rpc
