#include "broker/app/health_watch.h"

#include <atomic>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/control_pool.h"

namespace penstock::broker {
namespace {

using testing::ControlPool;
using testing::WaitUntil;

TEST_CASE("a failure is told once, and no more is asked", "[app]") {
  ControlPool pool;
  std::atomic<int> asked = 0;
  std::atomic<int> told = 0;
  HealthWatch watch({pool.executor(),
                     [&] { return ++asked < 3 ? absl::OkStatus() : absl::DataLossError("disk"); },
                     [&](const absl::Status& failure) {
                       if (failure.message() == "disk") ++told;
                     },
                     /*interval_ms=*/1});
  watch.Start();
  REQUIRE(WaitUntil([&] { return told == 1; }));
  watch.Stop();
  CHECK(asked == 3);
  CHECK(told == 1);
}

TEST_CASE("stopping does not wait for the next check", "[app]") {
  ControlPool pool;
  std::atomic<int> asked = 0;
  HealthWatch watch({pool.executor(),
                     [&] {
                       ++asked;
                       return absl::OkStatus();
                     },
                     [](const absl::Status&) {},
                     /*interval_ms=*/3'600'000});
  watch.Start();
  REQUIRE(WaitUntil([&] { return asked == 1; }));
  watch.Stop();
  watch.Stop();
  CHECK(asked == 1);
}

}  // namespace
}  // namespace penstock::broker
