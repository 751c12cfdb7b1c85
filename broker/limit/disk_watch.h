// DiskWatch: measures the disk once in interval_ms and tells the DiskBudget.
//
// Start measures once on the calling thread, so that a broker that starts on a full disk refuses
// puts from the first one on. A measurement that fails leaves the budget as it is, and is logged
// when it begins to fail. Start once, then Stop; both thread-safe.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/limit/disk_budget.h"
#include "broker/limit/disk_usage.h"
#include "broker/timer/periodic_timer.h"

namespace penstock::broker {

// The budget must outlive the watch.
struct DiskWatchOptions {
  DiskBudget& budget;
  boost::asio::any_io_executor executor;
  // MeasureDisk of the data directory; called by Start, then on the executor. May block on the disk.
  std::function<absl::StatusOr<DiskUsage>()> measure;
  int64_t interval_ms = 1'000;
};

class DiskWatch {
 public:
  explicit DiskWatch(DiskWatchOptions options);

  void Start();
  // Afterwards nothing is measured any more. Not on a thread of the executor. Idempotent.
  void Stop() { timer_.Stop(); }

 private:
  void Measure();

  const DiskWatchOptions options_;
  // The timer's own, and Start's before it.
  bool failing_ = false;
  PeriodicTimer timer_;
};

}  // namespace penstock::broker
