// SpaceReclaimer: gives the disk back what was trimmed.
//
// A range tombstone alone frees nothing; compaction of the range drops the keys, and with the last
// key of a blob file the file. That is done here, on one thread, one range after another, so that
// it never holds up an append. What is queued when the lane stops is done by RocksDB's own
// compactions later. Thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>

#include "common/mutex.h"
#include "storage/lane_db.h"

namespace penstock::storage {

// Keys [begin, end) of the data column family, and of the time index where given; empty: nothing to
// reclaim.
struct ReclaimRange {
  std::string data_begin;
  std::string data_end;
};

class SpaceReclaimer {
 public:
  explicit SpaceReclaimer(const LaneDb& db) : db_(db) {}
  ~SpaceReclaimer() { Stop(); }

  void Start();
  // Ends the range under way early and joins. Idempotent.
  void Stop();

  void Add(ReclaimRange range);

  // Until nothing is queued or under way; for tests and benchmarks.
  void WaitUntilIdle();

 private:
  void Run();
  void Reclaim(const ReclaimRange& range);

  const LaneDb& db_;
  // Held alone.
  Mutex mutex_;
  CondVar changed_;
  std::deque<ReclaimRange> queue_ ABSL_GUARDED_BY(mutex_);
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Told to RocksDB, which looks at it now and then; orders nothing.
  std::atomic<bool> canceled_ = false;
  std::thread thread_;
};

}  // namespace penstock::storage
