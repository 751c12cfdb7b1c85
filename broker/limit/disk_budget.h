// DiskBudget: whether the disk has room for more records.
//
// A full disk stops the lanes for good (a write fails), and then nothing can be put, deleted or
// trimmed. So puts are refused before, while there is room for the rest: two limits, on the data
// directory's own bytes and on the file system as a whole, whoever fills it. Puts are taken again
// when both are kResumeBelow times the limit: not at the limit itself, where a broker would refuse
// and admit by turns.
//
//   used ──────────────────╮ refused ╭──────
//            limit  ▔▔▔▔▔▔▔│▔▔▔▔▔▔▔▔▔│▔▔▔
//   0.98 of limit   ▁▁▁▁▁▁▁│▁▁▁▁▁▁▁▁▁│▁▁▁     admitted again below this line
//
// Only puts ask. Deleting streams, trimming and all that makes room go on. DiskWatch measures and
// calls Update; Check reads one atomic. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "broker/limit/disk_usage.h"
#include "common/mutex.h"

namespace penstock::broker {

struct DiskBudgetLimits {
  // 1 to 100.
  uint32_t file_system_percent_max = 95;
  // Absent: only the file system counts.
  std::optional<uint64_t> directory_bytes_max;
};

class DiskBudget {
 public:
  static constexpr double kResumeBelow = 0.98;
  // Until the next measurement, which may have better news.
  static constexpr int64_t kRetryAfterMs = 1'000;

  // Admits until the first Update.
  explicit DiskBudget(const DiskBudgetLimits& limits) : limits_(limits) {}

  // RESOURCE_EXHAUSTED (DISK_BUDGET_EXCEEDED) naming what is used, the limit, and what to do; with
  // the time to wait (RetryAfterOf).
  absl::Status Check() const ABSL_LOCKS_EXCLUDED(mutex_);

  void Update(const DiskUsage& usage) ABSL_LOCKS_EXCLUDED(mutex_);

  // As of the last Update.
  DiskUsage usage() const ABSL_LOCKS_EXCLUDED(mutex_);
  const DiskBudgetLimits& limits() const { return limits_; }

 private:
  absl::Status CheckUsage(const DiskUsage& usage, double scale) const;

  const DiskBudgetLimits limits_;
  // Relaxed: it is a hint a second old; what goes with it is read under the lock.
  std::atomic<bool> refusing_ = false;
  // Held alone.
  mutable Mutex mutex_;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  DiskUsage usage_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
