// HealthWatch: asks a component for its health once in interval_ms, and tells once when it is gone.
//
// For failures that nobody comes back from while the broker runs, as those of storage: after the
// first one it asks no more. Start once, then Stop; both thread-safe.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/timer/periodic_timer.h"

namespace penstock::broker {

struct HealthWatchOptions {
  boost::asio::any_io_executor executor;
  // Both are called on the executor. `health` must not block.
  std::function<absl::Status()> health;
  std::function<void(const absl::Status&)> on_failure;
  int64_t interval_ms = 1'000;
};

class HealthWatch {
 public:
  explicit HealthWatch(HealthWatchOptions options);

  void Start() { timer_.Start(); }
  // Afterwards nothing is called any more. Not on a thread of the executor. Idempotent.
  void Stop() { timer_.Stop(); }

 private:
  void Check();

  const HealthWatchOptions options_;
  PeriodicTimer timer_;
};

}  // namespace penstock::broker
