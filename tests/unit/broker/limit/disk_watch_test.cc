#include "broker/limit/disk_watch.h"

#include <atomic>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/control_pool.h"

namespace penstock::broker {
namespace {

using testing::ControlPool;
using testing::WaitUntil;

TEST_CASE("a broker that starts on a full disk refuses from the first put on", "[disk]") {
  ControlPool pool;
  DiskBudget budget({});
  std::atomic<uint64_t> used = 990;
  DiskWatch watch({budget, pool.executor(),
                   [&]() -> absl::StatusOr<DiskUsage> {
                     return DiskUsage{used, 1'000, 0};
                   },
                   /*interval_ms=*/1});
  watch.Start();
  CHECK_FALSE(budget.Check().ok());
  used = 100;
  REQUIRE(WaitUntil([&] { return budget.Check().ok(); }));
  used = 960;
  REQUIRE(WaitUntil([&] { return !budget.Check().ok(); }));
}

TEST_CASE("a measurement that fails leaves the budget as it is", "[disk]") {
  ControlPool pool;
  DiskBudget budget({});
  std::atomic<int> measured = 0;
  DiskWatch watch({budget, pool.executor(),
                   [&]() -> absl::StatusOr<DiskUsage> {
                     if (++measured == 1) return DiskUsage{990, 1'000, 0};
                     return absl::InternalError("unplugged");
                   },
                   /*interval_ms=*/1});
  watch.Start();
  REQUIRE(WaitUntil([&] { return measured >= 4; }));
  CHECK_FALSE(budget.Check().ok());
}

TEST_CASE("stopping does not wait for the next measurement", "[disk]") {
  ControlPool pool;
  DiskBudget budget({});
  std::atomic<int> measured = 0;
  DiskWatch watch({budget, pool.executor(),
                   [&]() -> absl::StatusOr<DiskUsage> {
                     ++measured;
                     return DiskUsage{};
                   },
                   /*interval_ms=*/3'600'000});
  watch.Start();
  watch.Stop();
  watch.Stop();
  CHECK(measured == 1);
}

}  // namespace
}  // namespace penstock::broker
