#include "storage/space_reclaimer.h"

#include <utility>

#include <rocksdb/options.h>

#include "common/log.h"

namespace penstock::storage {

void SpaceReclaimer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void SpaceReclaimer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  canceled_.store(true);
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void SpaceReclaimer::Add(ReclaimRange range) {
  if (range.data_begin.empty()) return;
  {
    MutexLock lock(mutex_);
    // A shard's next range begins where its last one ended: while that one still waits, they become
    // one.
    for (ReclaimRange& waiting : queue_) {
      if (waiting.data_end == range.data_begin) {
        waiting.data_end = std::move(range.data_end);
        return;
      }
    }
    queue_.push_back(std::move(range));
  }
  changed_.NotifyAll();
}

void SpaceReclaimer::WaitUntilIdle() {
  MutexLock lock(mutex_);
  while ((working_ || !queue_.empty()) && !stopping_) changed_.Wait(mutex_);
}

void SpaceReclaimer::Run() {
  for (;;) {
    ReclaimRange range;
    {
      MutexLock lock(mutex_);
      working_ = false;
      changed_.NotifyAll();
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      range = std::move(queue_.front());
      queue_.pop_front();
      working_ = true;
    }
    Reclaim(range);
  }
}

void SpaceReclaimer::Reclaim(const ReclaimRange& range) {
  rocksdb::CompactRangeOptions options;
  // Flushes and automatic compactions go on beside it.
  options.exclusive_manual_compaction = false;
  // Do not stall writes for the sake of space.
  options.allow_write_stall = false;
  options.canceled = &canceled_;
  const rocksdb::Slice begin(range.data_begin);
  const rocksdb::Slice end(range.data_end);
  const rocksdb::Status compacted = db_.db().CompactRange(options, db_.data(), &begin, &end);
  if (!compacted.ok() && !compacted.IsIncomplete() && !canceled_.load()) {
    LogWarning("trimmed space was not given back; it is tried again with the next trim",
               {{"lane", db_.path()}, {"error", compacted.ToString()}});
  }
}

}  // namespace penstock::storage
