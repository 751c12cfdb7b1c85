// Clock: where time comes from, so that tests can move it.
#pragma once

#include <atomic>
#include <cstdint>

namespace penstock {

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall clock, milliseconds since 1970-01-01 UTC. May jump.
  virtual int64_t NowMs() const = 0;
  // Never goes back; its zero means nothing.
  virtual int64_t MonotonicMs() const = 0;
  // The same in microseconds, for measuring how long something took.
  virtual int64_t MonotonicUs() const { return MonotonicMs() * 1'000; }
};

class SystemClock final : public Clock {
 public:
  // Lives as long as the program.
  static const SystemClock& Get();

  int64_t NowMs() const override;
  int64_t MonotonicMs() const override;
  int64_t MonotonicUs() const override;
};

// For tests: stands still until it is moved. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}

  int64_t NowMs() const override { return now_ms_.load(std::memory_order_relaxed); }
  int64_t MonotonicMs() const override { return NowMs(); }
  void AdvanceMs(int64_t by_ms) { now_ms_.fetch_add(by_ms, std::memory_order_relaxed); }
  void SetMs(int64_t now_ms) { now_ms_.store(now_ms, std::memory_order_relaxed); }

 private:
  // Relaxed: the time orders nothing but itself.
  std::atomic<int64_t> now_ms_;
};

}  // namespace penstock
