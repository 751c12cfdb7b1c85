#include "client/rpc/retry_policy.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "client/rpc/error_status.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::rpc {
namespace {

using test::ErrorParts;
using test::ErrorWith;

constexpr RetryDelays kDelays{absl::Milliseconds(100), absl::Seconds(1)};
constexpr absl::Duration kPlenty = absl::Hours(1);

absl::Status Error(grpc::StatusCode code, CallKind kind, const ErrorParts& parts) {
  return ToAbslStatus(ErrorWith(code, parts), kind, "Call");
}

TEST_CASE("which errors are tried again") {
  using enum grpc::StatusCode;
  struct Row {
    grpc::StatusCode code;
    ErrorParts parts;
    bool read;
    bool mutation;
    bool idempotent;
  };
  const Row row = GENERATE(values<Row>({
      {UNAVAILABLE, {"SHUTTING_DOWN", "not_applied"}, true, true, true},
      {UNAVAILABLE, {"STORAGE_FAILED", "unknown"}, true, false, true},
      {UNAVAILABLE, {"", ""}, true, false, true},
      {UNAVAILABLE, {"ELSEWHERE", "not_applied", {}, "example.com"}, true, false, true},
      {UNAVAILABLE, {"SHUTTING_DOWN", "no such word"}, true, false, true},
      {RESOURCE_EXHAUSTED, {"OVERLOADED", "not_applied"}, true, true, true},
      {RESOURCE_EXHAUSTED, {"THROUGHPUT_EXCEEDED", "not_applied"}, true, true, true},
      {RESOURCE_EXHAUSTED, {"DISK_BUDGET_EXCEEDED", "not_applied"}, true, true, true},
      {RESOURCE_EXHAUSTED, {"LIMIT_EXCEEDED", "not_applied"}, false, false, false},
      {RESOURCE_EXHAUSTED, {"", ""}, false, false, false},
      {DEADLINE_EXCEEDED, {"", ""}, false, false, false},
      {CANCELLED, {"", ""}, true, false, true},
      {CANCELLED, {"SHUTTING_DOWN", "not_applied"}, true, false, true},
      {INTERNAL, {"INTERNAL_FAILURE", "unknown"}, false, false, false},
      {INVALID_ARGUMENT, {"INVALID_ARGUMENT", "not_applied"}, false, false, false},
      {NOT_FOUND, {"STREAM_NOT_FOUND", "not_applied"}, false, false, false},
      {FAILED_PRECONDITION, {"STREAM_NOT_ACTIVE", "not_applied"}, false, false, false},
      {FAILED_PRECONDITION, {"PRODUCER_SEQUENCE_FORGOTTEN", "unknown"}, false, false, false},
      {DATA_LOSS, {"CORRUPT_RECORDS", "not_applied"}, false, false, false},
  }));
  CAPTURE(row.code, row.parts.reason, row.parts.outcome);
  CHECK(IsRetryable(CallKind::kRead, Error(row.code, CallKind::kRead, row.parts)) == row.read);
  CHECK(IsRetryable(CallKind::kMutation, Error(row.code, CallKind::kMutation, row.parts)) ==
        row.mutation);
  constexpr CallKind kIdempotent = CallKind::kIdempotentMutation;
  CHECK(IsRetryable(kIdempotent, Error(row.code, kIdempotent, row.parts)) == row.idempotent);
}

TEST_CASE("waits are random within a window that doubles up to its limit") {
  const absl::Status error = Error(grpc::StatusCode::UNAVAILABLE, CallKind::kRead, {});
  absl::Duration longest[6] = {};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    RetrySchedule schedule(CallKind::kRead, kDelays, seed);
    for (absl::Duration& wait : longest) wait = std::max(wait, *schedule.Next(error, kPlenty));
  }
  const absl::Duration windows[6] = {absl::Milliseconds(100), absl::Milliseconds(200),
                                     absl::Milliseconds(400), absl::Milliseconds(800),
                                     absl::Seconds(1),        absl::Seconds(1)};
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i, absl::FormatDuration(longest[i]));
    CHECK(longest[i] < windows[i]);
    CHECK(longest[i] > windows[i] * 0.9);
  }
}

TEST_CASE("the same seed waits the same") {
  const absl::Status error = Error(grpc::StatusCode::UNAVAILABLE, CallKind::kRead, {});
  RetrySchedule one(CallKind::kRead, kDelays, 7);
  RetrySchedule same(CallKind::kRead, kDelays, 7);
  RetrySchedule other(CallKind::kRead, kDelays, 8);
  const absl::Duration wait = *one.Next(error, kPlenty);
  CHECK(*same.Next(error, kPlenty) == wait);
  CHECK(*other.Next(error, kPlenty) != wait);
}

TEST_CASE("a wait is at least what the broker asks for") {
  const absl::Status error = Error(grpc::StatusCode::RESOURCE_EXHAUSTED, CallKind::kMutation,
                                   {"OVERLOADED", "not_applied", absl::Seconds(3)});
  RetrySchedule schedule(CallKind::kMutation, kDelays, 1);
  const std::optional<absl::Duration> wait = schedule.Next(error, kPlenty);
  REQUIRE(wait.has_value());
  CHECK(*wait >= absl::Seconds(3));
  CHECK(*wait < absl::Seconds(3) + kDelays.initial);
}

TEST_CASE("a broker that stops gets the time to stop") {
  const absl::Status error =
      Error(grpc::StatusCode::UNAVAILABLE, CallKind::kMutation, {"SHUTTING_DOWN", "not_applied"});
  RetrySchedule schedule(CallKind::kMutation, kDelays, 1);
  CHECK(*schedule.Next(error, kPlenty) >= absl::Milliseconds(200));
}

TEST_CASE("there is no wait that takes all of the time that remains") {
  const absl::Status error = Error(grpc::StatusCode::RESOURCE_EXHAUSTED, CallKind::kRead,
                                   {"OVERLOADED", "not_applied", absl::Seconds(3)});
  RetrySchedule schedule(CallKind::kRead, kDelays, 1);
  CHECK_FALSE(schedule.Next(error, absl::Seconds(3)).has_value());
  CHECK_FALSE(schedule.Next(error, -absl::Seconds(1)).has_value());
}

}  // namespace
}  // namespace penstock::rpc
