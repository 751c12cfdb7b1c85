#include "broker/load/peak_history.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr int64_t kHour = PeakHistory::kHourMs;
constexpr int64_t kWindow = PeakHistory::kDays * 24 * kHour;

TEST_CASE("a peak is remembered for seven days, by the hour", "[load]") {
  PeakHistory peaks(kHour);
  CHECK(peaks.since_ms() == kHour);
  CHECK(peaks.Peak(kHour) == Load{});
  peaks.Observe({10, 500}, kHour);
  peaks.Observe({40, 200}, 2 * kHour - 1);
  peaks.Observe({20, 100}, 2 * kHour);
  CHECK(peaks.Peak(2 * kHour) == Load{40, 500});
  CHECK(peaks.Peak(2 * kHour + kWindow - 1) == Load{40, 500});
  CHECK(peaks.Peak(2 * kHour + kWindow) == Load{20, 100});
  CHECK(peaks.Peak(3 * kHour + kWindow) == Load{});
}

TEST_CASE("hours are used again", "[load]") {
  PeakHistory peaks(0);
  peaks.Observe({99, 99}, 0);
  for (int64_t now_ms = kHour; now_ms < 3 * kWindow; now_ms += kHour) {
    peaks.Observe({1, 2}, now_ms);
  }
  CHECK(peaks.Peak(3 * kWindow) == Load{1, 2});
}

}  // namespace
}  // namespace penstock::broker
