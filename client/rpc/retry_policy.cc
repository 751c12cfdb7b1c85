#include "client/rpc/retry_policy.h"

#include <algorithm>

#include "penstock/errors.h"

namespace penstock::rpc {

namespace {

// A broker that stops answers SHUTTING_DOWN, and then closes its port. A call that comes in just
// then is cancelled unseen, with nothing to say that it was not applied.
constexpr absl::Duration kStopTime = absl::Milliseconds(200);

}  // namespace

bool IsRetryable(CallKind kind, const absl::Status& error) {
  // gRPC's servers cancel what is still under way when they stop; the client's own cancelling never
  // gets here.
  if (absl::IsCancelled(error)) return kind != CallKind::kMutation;
  if (!absl::IsUnavailable(error) && !absl::IsResourceExhausted(error)) return false;
  const ErrorDetails details = GetErrorDetails(error);
  if (details.reason == "LIMIT_EXCEEDED") return false;
  // Not the broker's word: gRPC's own limit on the size of a message, which waiting does not mend.
  if (absl::IsResourceExhausted(error) && details.reason.empty()) return false;
  return kind != CallKind::kMutation || !details.outcome_unknown;
}

std::optional<absl::Duration> RetrySchedule::Next(const absl::Status& error,
                                                  absl::Duration remaining) {
  if (!IsRetryable(kind_, error)) return std::nullopt;
  const double part = std::uniform_real_distribution<double>(0, 1)(random_);
  const ErrorDetails details = GetErrorDetails(error);
  absl::Duration asked = details.retry_delay.value_or(absl::ZeroDuration());
  if (details.reason == "SHUTTING_DOWN") asked = std::max(asked, kStopTime);
  const absl::Duration wait = asked + window_ * part;
  window_ = std::min(window_ * 2, delays_.max);
  if (wait >= remaining) return std::nullopt;
  return wait;
}

}  // namespace penstock::rpc
