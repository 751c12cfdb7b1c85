#include "common/clock.h"

#include <chrono>

namespace penstock {
namespace {

template <typename StdClock>
int64_t MillisSinceEpoch() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(StdClock::now().time_since_epoch())
      .count();
}

}  // namespace

const SystemClock& SystemClock::Get() {
  static const SystemClock clock;
  return clock;
}

int64_t SystemClock::NowMs() const {
  return MillisSinceEpoch<std::chrono::system_clock>();
}

int64_t SystemClock::MonotonicMs() const {
  return MillisSinceEpoch<std::chrono::steady_clock>();
}

}  // namespace penstock
