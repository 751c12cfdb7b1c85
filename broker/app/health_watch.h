// HealthWatch: asks a component for its health once in interval_ms, and tells once when it is gone.
//
// For failures that nobody comes back from while the broker runs, as those of storage: after the
// first one it asks no more. Start once, then Stop; both thread-safe.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/stream/pending_work.h"

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
  // Stops.
  ~HealthWatch();

  void Start();
  // Afterwards nothing is called any more. Not on a thread of the executor. Idempotent.
  void Stop();

 private:
  void Check();

  const HealthWatchOptions options_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // Both are used on the strand alone.
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  // The chain of checks counts as one.
  PendingWork pending_;
};

}  // namespace penstock::broker
