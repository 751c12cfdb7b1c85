#include "common/clock.h"

#include <chrono>

namespace penstock {
namespace {

template <typename StdClock, typename Unit>
int64_t SinceEpoch() {
  return std::chrono::duration_cast<Unit>(StdClock::now().time_since_epoch()).count();
}

}  // namespace

const SystemClock& SystemClock::Get() {
  static const SystemClock clock;
  return clock;
}

int64_t SystemClock::NowMs() const {
  return SinceEpoch<std::chrono::system_clock, std::chrono::milliseconds>();
}

int64_t SystemClock::MonotonicMs() const {
  return SinceEpoch<std::chrono::steady_clock, std::chrono::milliseconds>();
}

int64_t SystemClock::MonotonicUs() const {
  return SinceEpoch<std::chrono::steady_clock, std::chrono::microseconds>();
}

}  // namespace penstock
