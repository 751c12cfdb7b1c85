// Committer: the two threads that put a lane's commands on disk.
//
//   Submit ─▶ queue ─▶ committer thread: takes what has queued, one Round, one write
//                          │  at most kRoundsAhead written and not yet synced
//                          ▼
//                      syncer thread: one SyncWAL for all rounds written, then completes them
//
// While a sync is under way the next round gathers and is written, so that the disk is never idle
// while there is work. RocksDB's own group commit is not used: it copies the followers' batches and
// blocks the queue during the sync (ADR 0002).
//
// Thread-safe. Callbacks of commands run on the syncer thread; on the committer's for what cannot be
// carried out; on the caller's where Submit refuses. An error of a write or a sync stops the lane (LaneHealth): what was written and not
// synced is answered with that error, what still queues with STORAGE_STOPPED.
#pragma once

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/status/status.h"

#include "common/mutex.h"
#include "storage/commands.h"
#include "storage/lane_db.h"
#include "storage/lane_health.h"
#include "storage/lane_options.h"
#include "storage/lane_stats.h"
#include "storage/round.h"
#include "storage/shard_table.h"
#include "storage/space_reclaimer.h"
#include "storage/tail_ring.h"

namespace penstock::storage {

class Committer {
 public:
  // All must outlive the committer.
  Committer(const LaneDb& db, const LaneOptions& options, ShardTable& shards,
            SpaceReclaimer& reclaimer, LaneHealth& health);
  ~Committer() { Stop(); }

  void Start();
  // Refuses new commands, completes those in the queue, joins. Idempotent.
  void Stop();

  // Queues the command, or refuses it at once: OVERLOADED past queue_bytes_max,
  // queue_appends_max or queue_commands_max, STORAGE_STOPPED, SHUTTING_DOWN.
  void Submit(Command command);

  // What is counted here; the rest is the lane's.
  LaneStats Stats() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // One round is being synced while one is written; a second written one keeps the syncer from
  // waiting for the committer.
  static constexpr size_t kRoundsAhead = 2;

  void RunCommitter();
  void RunSyncer();
  absl::Status Admit(const Command& command, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits for commands and for room ahead of the syncer; empty when the committer is to end.
  std::vector<Command> TakeCommands();
  void CommitRound(std::vector<Command> commands);

  const LaneDb& db_;
  const LaneOptions& options_;
  ShardTable& shards_;
  SpaceReclaimer& reclaimer_;
  LaneHealth& health_;
  // The syncer's own.
  TailRing tail_;
  LaneMeter meter_;

  // Held alone.
  mutable Mutex mutex_;
  // The committer waits for commands and room.
  CondVar commands_changed_;
  // The syncer waits for rounds.
  CondVar rounds_changed_;
  std::deque<Command> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Written and not yet taken by the syncer.
  std::vector<Round> written_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool committer_done_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread committer_thread_;
  std::thread syncer_thread_;
};

}  // namespace penstock::storage
