// SpaceReclaimer: gives the disk back what was trimmed.
//
// A range tombstone alone frees nothing; compaction of the range drops the keys, and with the last
// key of a blob file the file. That is done here, on one thread, so that it never holds up an
// append. Ranges wait for the next flush (or for reclaim_delay_ms): compacting earlier would flush
// a memtable for each of them. Neighbours become one.
//
// What waits when the lane stops, or the broker is killed, is not kept: the next start finds it in
// the table files (deleted_ranges.h) and begins with it. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "storage/lane_db.h"
#include "storage/lane_options.h"

namespace penstock::storage {

// Keys [begin, end) of the data column family; empty: nothing to reclaim.
struct ReclaimRange {
  std::string begin;
  std::string end;
};

// Sorted, with those that touch or overlap made one.
std::vector<ReclaimRange> MergeRanges(std::vector<ReclaimRange> ranges);

class SpaceReclaimer {
 public:
  SpaceReclaimer(const LaneDb& db, const LaneOptions& options)
      : db_(db), delay_(std::chrono::milliseconds(options.reclaim_delay_ms)) {}
  ~SpaceReclaimer() { Stop(); }

  // Begins with what the stored files say was deleted and is still there, behind the caller's back:
  // the lane does not wait for it.
  void Start();
  // Ends the range under way early and joins. Idempotent.
  void Stop();

  void Add(ReclaimRange range);
  // A memtable was flushed: what waits no longer needs a flush of its own.
  void OnFlushed();

  // Does what waits now, and returns when it is done; for tests and benchmarks.
  void ReclaimNow();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Run();
  void ReclaimStored();
  // Ranges whose time has come; empty when the thread is to end.
  std::vector<ReclaimRange> TakeDue();
  void Reclaim(const ReclaimRange& range);

  const LaneDb& db_;
  const std::chrono::nanoseconds delay_;
  // Held alone.
  Mutex mutex_;
  CondVar changed_;
  std::vector<ReclaimRange> waiting_ ABSL_GUARDED_BY(mutex_);
  // When the first of those that wait was added.
  SteadyTime waiting_since_ ABSL_GUARDED_BY(mutex_);
  bool due_ ABSL_GUARDED_BY(mutex_) = false;
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Told to RocksDB, which looks at it now and then; orders nothing.
  std::atomic<bool> canceled_ = false;
  std::thread thread_;
};

}  // namespace penstock::storage
