#include "common/latency_histogram.h"

#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/clock.h"

namespace penstock {
namespace {

TEST_CASE("a latency is counted in the bucket whose upper bound it does not pass") {
  for (size_t i = 0; i < LatencyHistogram::kBoundsUs.size(); ++i) {
    const int64_t bound = LatencyHistogram::kBoundsUs[i];
    LatencyHistogram histogram;
    histogram.Record(bound - 1);
    histogram.Record(bound);
    histogram.Record(bound + 1);
    const LatencyHistogram::Snapshot snapshot = histogram.snapshot();
    CAPTURE(bound);
    CHECK(snapshot.counts[i] == 2);
    CHECK(snapshot.counts[i + 1] == 1);
    CHECK(snapshot.count() == 3);
    CHECK(snapshot.sum_us == static_cast<uint64_t>(3 * bound));
  }
}

TEST_CASE("a time that is negative counts as none") {
  LatencyHistogram histogram;
  histogram.Record(-5);
  CHECK(histogram.snapshot().counts[0] == 1);
  CHECK(histogram.snapshot().sum_us == 0);
}

TEST_CASE("a quantile is the bound of its bucket") {
  LatencyHistogram histogram;
  CHECK(histogram.snapshot().QuantileUs(0.5) == 0);
  for (int i = 0; i < 90; ++i) histogram.Record(200);
  for (int i = 0; i < 9; ++i) histogram.Record(4'000);
  histogram.Record(60'000'000);
  const LatencyHistogram::Snapshot snapshot = histogram.snapshot();
  CHECK(snapshot.QuantileUs(0) == 250);
  CHECK(snapshot.QuantileUs(0.5) == 250);
  CHECK(snapshot.QuantileUs(0.9) == 250);
  CHECK(snapshot.QuantileUs(0.91) == 5'000);
  CHECK(snapshot.QuantileUs(0.99) == 5'000);
  CHECK(snapshot.QuantileUs(1) == 30'000'000);
}

TEST_CASE("nothing that several threads record is lost") {
  constexpr int kThreads = 4;
  constexpr int kEach = 10'000;
  LatencyHistogram histogram;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&histogram] {
      for (int i = 0; i < kEach; ++i) histogram.Record(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(histogram.snapshot().count() == kThreads * kEach);
  CHECK(histogram.snapshot().sum_us == uint64_t{kThreads} * kEach * (kEach - 1) / 2);
}

TEST_CASE("the clock's microseconds go with its milliseconds") {
  const Clock& clock = SystemClock::Get();
  const int64_t before_ms = clock.MonotonicMs();
  const int64_t us = clock.MonotonicUs();
  CHECK(us / 1'000 >= before_ms);
  CHECK(us / 1'000 <= clock.MonotonicMs());
  CHECK(ManualClock(7).MonotonicUs() == 7'000);
}

}  // namespace
}  // namespace penstock
