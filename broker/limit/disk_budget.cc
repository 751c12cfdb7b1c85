#include "broker/limit/disk_budget.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr char kWhatToDo[] =
    ": puts are refused until streams are deleted or trimmed, space is freed, or disk-budget is "
    "raised";

std::string Gib(uint64_t bytes) {
  return absl::StrFormat("%.2f GiB", static_cast<double>(bytes) / (1 << 30));
}

absl::Status Exceeded(const std::string& what) {
  return WithRetryAfter(MakeError(ErrorReason::kDiskBudgetExceeded, absl::StrCat(what, kWhatToDo)),
                        DiskBudget::kRetryAfterMs);
}

}  // namespace

absl::Status DiskBudget::Check() const {
  if (!refusing_.load(std::memory_order_relaxed)) return absl::OkStatus();
  MutexLock lock(mutex_);
  return refusal_;
}

void DiskBudget::Update(const DiskUsage& usage) {
  absl::Status refusal = CheckUsage(usage, 1.0);
  bool began = false;
  bool ended = false;
  {
    MutexLock lock(mutex_);
    const bool refused = !refusal_.ok();
    usage_ = usage;
    began = !refused && !refusal.ok();
    ended = refused && CheckUsage(usage, kResumeBelow).ok();
    // Between the two marks the old refusal, with its figures, stays.
    if (ended) refusal_ = absl::OkStatus();
    if (!refusal.ok()) refusal_ = refusal;
    refusing_.store(!refusal_.ok(), std::memory_order_relaxed);
  }
  if (began) {
    LogError("disk budget exceeded", {{"error", std::string(refusal.message())}});
  } else if (ended) {
    LogInfo("disk budget kept again: puts are taken",
            {{"file_system_used_bytes", absl::StrCat(usage.file_system_used_bytes)},
             {"directory_bytes", absl::StrCat(usage.directory_bytes)}});
  }
}

DiskUsage DiskBudget::usage() const {
  MutexLock lock(mutex_);
  return usage_;
}

absl::Status DiskBudget::CheckUsage(const DiskUsage& usage, double scale) const {
  const double percent_max = limits_.file_system_percent_max * scale;
  const double percent = usage.file_system_bytes == 0
                             ? 0.0
                             : 100.0 * static_cast<double>(usage.file_system_used_bytes) /
                                   static_cast<double>(usage.file_system_bytes);
  if (percent >= percent_max) {
    return Exceeded(absl::StrFormat(
        "the file system of the data directory is %.1f %% full (%s of %s), the limit is %u %%",
        percent, Gib(usage.file_system_used_bytes), Gib(usage.file_system_bytes),
        limits_.file_system_percent_max));
  }
  if (limits_.directory_bytes_max.has_value() &&
      static_cast<double>(usage.directory_bytes) >=
          static_cast<double>(*limits_.directory_bytes_max) * scale) {
    return Exceeded(absl::StrCat("the data directory takes ", Gib(usage.directory_bytes),
                                 ", the limit is ", Gib(*limits_.directory_bytes_max)));
  }
  return absl::OkStatus();
}

}  // namespace penstock::broker
