#include "storage/space_reclaimer.h"

#include <algorithm>
#include <utility>

#include <rocksdb/options.h>

#include "common/log.h"
#include "storage/deleted_ranges.h"

namespace penstock::storage {

std::vector<ReclaimRange> MergeRanges(std::vector<ReclaimRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const ReclaimRange& a, const ReclaimRange& b) { return a.begin < b.begin; });
  std::vector<ReclaimRange> merged;
  for (ReclaimRange& range : ranges) {
    if (merged.empty() || merged.back().end < range.begin) {
      merged.push_back(std::move(range));
    } else {
      merged.back().end = std::max(merged.back().end, range.end);
    }
  }
  return merged;
}

void SpaceReclaimer::Start() {
  {
    MutexLock lock(mutex_);
    working_ = true;
  }
  thread_ = std::thread([this] { Run(); });
}

void SpaceReclaimer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  canceled_.store(true);
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void SpaceReclaimer::Add(ReclaimRange range) {
  if (range.begin.empty()) return;
  {
    MutexLock lock(mutex_);
    if (waiting_.empty()) waiting_since_ = std::chrono::steady_clock::now();
    waiting_.push_back(std::move(range));
  }
  changed_.NotifyAll();
}

void SpaceReclaimer::OnFlushed() {
  {
    MutexLock lock(mutex_);
    due_ = !waiting_.empty();
  }
  changed_.NotifyAll();
}

void SpaceReclaimer::ReclaimNow() {
  MutexLock lock(mutex_);
  due_ = !waiting_.empty();
  changed_.NotifyAll();
  while ((working_ || due_) && !stopping_) changed_.Wait(mutex_);
}

std::vector<ReclaimRange> SpaceReclaimer::TakeDue() {
  MutexLock lock(mutex_);
  working_ = false;
  changed_.NotifyAll();
  while (!stopping_ && !due_) {
    if (waiting_.empty()) {
      changed_.Wait(mutex_);
      continue;
    }
    const std::chrono::nanoseconds left =
        waiting_since_ + delay_ - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) break;
    changed_.WaitFor(mutex_, left);
  }
  working_ = !stopping_;
  due_ = false;
  return MergeRanges(std::exchange(waiting_, {}));
}

void SpaceReclaimer::ReclaimStored() {
  const absl::StatusOr<std::vector<ReclaimRange>> ranges = StoredDeletedRanges(db_);
  if (!ranges.ok()) {
    LogWarning("space trimmed before the start is given back by the daily compaction alone",
               {{"lane", db_.path()}, {"error", std::string(ranges.status().message())}});
    return;
  }
  for (const ReclaimRange& range : *ranges) Reclaim(range);
}

void SpaceReclaimer::Run() {
  ReclaimStored();
  for (;;) {
    const std::vector<ReclaimRange> ranges = TakeDue();
    if (ranges.empty()) return;
    for (const ReclaimRange& range : ranges) Reclaim(range);
  }
}

void SpaceReclaimer::Reclaim(const ReclaimRange& range) {
  if (canceled_.load()) return;
  rocksdb::CompactRangeOptions options;
  // Flushes and automatic compactions go on beside it.
  options.exclusive_manual_compaction = false;
  // Do not stall writes for the sake of space.
  options.allow_write_stall = false;
  options.canceled = &canceled_;
  const rocksdb::Slice begin(range.begin);
  const rocksdb::Slice end(range.end);
  const rocksdb::Status compacted = db_.db().CompactRange(options, db_.data(), &begin, &end);
  if (!compacted.ok() && !compacted.IsIncomplete() && !canceled_.load()) {
    LogWarning("trimmed space was not given back; the daily compaction will",
               {{"lane", db_.path()}, {"error", compacted.ToString()}});
  }
}

}  // namespace penstock::storage
