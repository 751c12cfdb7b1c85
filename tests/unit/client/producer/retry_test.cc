#include "client/producer/retry.h"

#include <set>

#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_details.h"

namespace penstock::producer {
namespace {

absl::Status Error(std::string_view reason, uint64_t retry_after_ms = 0) {
  return rpc::ToStatus({.reason = reason, .message = "no", .retry_after_ms = retry_after_ms});
}

TEST_CASE("retry: what an error means for a batch", "[retry]") {
  const std::pair<const char*, Verdict> expected[] = {
      {"THROUGHPUT_EXCEEDED", Verdict::kThrottled},
      {"OVERLOADED", Verdict::kAgain},
      {"DISK_BUDGET_EXCEEDED", Verdict::kAgain},
      {"SHUTTING_DOWN", Verdict::kAgain},
      {"STORAGE_FAILED", Verdict::kAgain},
      {"STORAGE_STOPPED", Verdict::kAgain},
      {"KMS_DISABLED", Verdict::kAgain},
      {"KMS_THROTTLING", Verdict::kAgain},
      {"CORRUPT_RECORDS", Verdict::kAgain},
      {"INTERNAL_FAILURE", Verdict::kAgain},
      {"PRODUCER_SEQUENCE_GAP", Verdict::kGap},
      {"SHARD_CLOSED", Verdict::kShardClosed},
      {"STREAM_NOT_FOUND", Verdict::kGone},
      {"SHARD_NOT_FOUND", Verdict::kGone},
      {"INVALID_ARGUMENT", Verdict::kFail},
      {"REQUEST_TOO_LARGE", Verdict::kFail},
      {"PRODUCER_FENCED", Verdict::kFail},
      {"PRODUCER_SEQUENCE_FORGOTTEN", Verdict::kFail},
      {"SOMETHING_NEW", Verdict::kAgain},
  };
  for (const auto& [reason, verdict] : expected) {
    CAPTURE(reason);
    CHECK(Judge(Error(reason)) == verdict);
  }
  CHECK(Judge(absl::UnavailableError("connection lost")) == Verdict::kAgain);
}

TEST_CASE("retry: waits are random below a bound that doubles", "[retry]") {
  Backoff backoff({absl::Milliseconds(10), absl::Milliseconds(40)}, 1);
  int64_t longest = 0;
  std::set<int64_t> waits;
  for (const int64_t bound_us : {10'000, 20'000, 40'000, 40'000, 40'000, 40'000, 40'000, 40'000}) {
    const int64_t wait = backoff.NextUs(absl::UnavailableError(""));
    CHECK(wait >= 0);
    CHECK(wait <= bound_us);
    longest = std::max(longest, wait);
    waits.insert(wait);
  }
  CHECK(longest > 10'000);
  CHECK(waits.size() > 4);
  backoff.Reset();
  CHECK(backoff.NextUs(absl::UnavailableError("")) <= 10'000);
}

TEST_CASE("retry: the broker's time is waited on top", "[retry]") {
  Backoff backoff({absl::Milliseconds(10), absl::Milliseconds(40)}, 1);
  CHECK(backoff.NextUs(Error("OVERLOADED", 500)) >= 500'000);
}

}  // namespace
}  // namespace penstock::producer
