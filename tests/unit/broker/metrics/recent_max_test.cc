#include "broker/metrics/recent_max.h"

#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr int64_t kMinute = RecentMax::kWindowMs;
constexpr int64_t kStart = 100 * kMinute;

TEST_CASE("recent max: the largest of this window and the one before, and no older") {
  RecentMax recent;
  CHECK(recent.Get(kStart) == 0);
  recent.Record(5, kStart);
  recent.Record(9, kStart + 1);
  recent.Record(7, kStart + 2);
  CHECK(recent.Get(kStart + 2) == 9);
  CHECK(recent.Get(kStart + 2 * kMinute - 1) == 9);
  CHECK(recent.Get(kStart + 2 * kMinute) == 0);

  recent.Record(3, kStart + kMinute);
  CHECK(recent.Get(kStart + kMinute) == 9);
  CHECK(recent.Get(kStart + 2 * kMinute) == 3);
  // Takes the place of the window two before it, though that had a larger value.
  recent.Record(1, kStart + 2 * kMinute);
  CHECK(recent.Get(kStart + 2 * kMinute) == 3);
  CHECK(recent.Get(kStart + 3 * kMinute) == 1);
}

TEST_CASE("recent max: values out of bounds count as the bound") {
  RecentMax recent;
  recent.Record(-1, kStart);
  CHECK(recent.Get(kStart) == 0);
  recent.Record(RecentMax::kValueMax + 1, kStart);
  CHECK(recent.Get(kStart) == RecentMax::kValueMax);
  CHECK(recent.Get(kStart + 2 * kMinute) == 0);
}

TEST_CASE("recent max: the largest of several threads stays") {
  RecentMax recent;
  std::vector<std::thread> threads;
  for (int64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&recent, t] {
      for (int64_t i = 0; i < 20'000; ++i) recent.Record(i * 4 + t, kStart);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(recent.Get(kStart) == 19'999 * 4 + 3);
}

}  // namespace
}  // namespace penstock::broker
