#include "client/producer/record_budget.h"

#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/awaited.h"

namespace penstock::producer {
namespace {

constexpr size_t kOverhead = RecordBudget::kRecordOverheadBytes;

TEST_CASE("budget: room for bytes and for records, to the limit", "[budget]") {
  ManualClock clock(1);
  RecordBudget bytes({2 * (10 + kOverhead), 100}, clock);
  const auto first = bytes.Take(10, false);
  REQUIRE(first.ok());
  REQUIRE(bytes.Take(10, false).ok());
  CHECK(absl::IsResourceExhausted(bytes.Take(0, false).status()));
  CHECK(bytes.usage().times_full == 1);
  bytes.Give(*first, 1, 10);
  CHECK(bytes.Take(10, false).ok());

  RecordBudget records({1 << 20, 2}, clock);
  REQUIRE(records.Take(1, false).ok());
  REQUIRE(records.Take(1, false).ok());
  CHECK(absl::IsResourceExhausted(records.Take(1, false).status()));
}

TEST_CASE("budget: a record larger than all the room is let in alone", "[budget]") {
  ManualClock clock(1);
  RecordBudget budget({100, 100}, clock);
  const auto large = budget.Take(5'000, false);
  REQUIRE(large.ok());
  CHECK_FALSE(budget.Take(1, false).ok());
  budget.Give(*large, 1, 5'000);
  CHECK(budget.usage().bytes == 0);
}

TEST_CASE("budget: who waits goes on when there is room, or when the door closes", "[budget]") {
  ManualClock clock(1);
  RecordBudget budget({1 << 20, 1}, clock);
  const auto taken = budget.Take(1, true);
  testing::Awaited<absl::Status> first;
  std::thread waits([&] { first.Set(budget.Take(1, true).status()); });
  while (budget.usage().times_full == 0) std::this_thread::yield();
  CHECK_FALSE(first.ready());
  budget.Give(*taken, 1, 1);
  CHECK(first.Get().ok());
  waits.join();

  testing::Awaited<absl::Status> second;
  std::thread also_waits([&] { second.Set(budget.Take(1, true).status()); });
  while (budget.usage().times_full == 1) std::this_thread::yield();
  budget.CloseDoor();
  CHECK(absl::IsFailedPrecondition(second.Get()));
  also_waits.join();
  CHECK(absl::IsFailedPrecondition(budget.Take(1, false).status()));
}

TEST_CASE("budget: an epoch is gone when all that was taken up to it is given back", "[budget]") {
  ManualClock clock(1);
  RecordBudget budget({1 << 20, 100}, clock);
  const auto one = budget.Take(1, false);
  const auto flushed = budget.BeginEpoch();
  CHECK(flushed == *one);
  const auto two = budget.Take(1, false);
  CHECK(*two > flushed);
  const auto later = budget.BeginEpoch();
  CHECK_FALSE(budget.WaitUntilGone(flushed, absl::ZeroDuration()));
  // Not in their order.
  budget.Give(*two, 1, 1);
  CHECK_FALSE(budget.WaitUntilGone(later, absl::ZeroDuration()));
  budget.Give(*one, 1, 1);
  CHECK(budget.WaitUntilGone(later, absl::ZeroDuration()));
  CHECK(budget.WaitUntilGone(flushed, absl::ZeroDuration()));
}

TEST_CASE("budget: the oldest record's age", "[budget]") {
  ManualClock clock(1'000);
  RecordBudget budget({1 << 20, 100}, clock);
  CHECK(budget.usage().oldest_age_us == 0);
  const auto old = budget.Take(1, false);
  clock.AdvanceMs(500);
  REQUIRE(budget.Take(1, false).ok());
  clock.AdvanceMs(250);
  CHECK(budget.usage().oldest_age_us == 750'000);
  budget.Give(*old, 1, 1);
  CHECK(budget.usage().oldest_age_us == 250'000);
}

TEST_CASE("budget: who was refused is called when there is room for as much", "[budget]") {
  ManualClock clock(1);
  RecordBudget budget({3 * (500 + kOverhead), 100}, clock);
  const auto first = budget.Take(500, false);
  const auto second = budget.Take(500, false);
  REQUIRE(budget.Take(200, false).ok());
  CHECK_FALSE(budget.Take(500, false).ok());
  budget.SetWhenRoom([] {});
  // There is room, but not for that.
  CHECK(budget.TakeReady() == nullptr);
  budget.Give(*first, 1, 500);
  CHECK(budget.TakeReady() != nullptr);
}

TEST_CASE("budget: who asked is called when there is room", "[budget]") {
  ManualClock clock(1);
  RecordBudget budget({1 << 20, 1}, clock);
  CHECK(budget.TakeReady() == nullptr);
  const auto taken = budget.Take(1, false);
  budget.SetWhenRoom([] {});
  CHECK(budget.TakeReady() == nullptr);
  budget.Give(*taken, 1, 1);
  CHECK(budget.TakeReady() != nullptr);
  CHECK(budget.TakeReady() == nullptr);
}

}  // namespace
}  // namespace penstock::producer
