// Lane: one RocksDB with its committer; the shards that live on it.
//
//   append ─▶ Committer ─▶ LaneDb ─▶ Shard (tail in memory) ─▶ read
//                                └─▶ BatchReader (older)  ─▶ read
//
// A lane is a disk or a group of cores; lanes know nothing of each other. Thread-safe between Open
// and Close; the calls are those of ShardLog.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "storage/batch_reader.h"
#include "storage/committer.h"
#include "storage/key_format.h"
#include "storage/lane_db.h"
#include "storage/lane_health.h"
#include "storage/lane_options.h"
#include "storage/lane_stats.h"
#include "storage/shard_log.h"
#include "storage/shard_table.h"
#include "storage/space_reclaimer.h"

namespace penstock::storage {

class Lane {
 public:
  // See LaneDb::Open and RecoverShards.
  static absl::StatusOr<std::unique_ptr<Lane>> Open(const std::string& path, bool may_create,
                                                    const LaneOptions& options);
  ~Lane();

  // Completes what is under way, calls all waits, flushes, closes. Reads must have ended.
  // Idempotent.
  absl::Status Close();

  absl::Status Health() const { return health_->status(); }
  // Does not touch the disk.
  LaneStats Stats() const;
  // Gives trimmed space back at once; for tests and benchmarks.
  void ReclaimNow() { reclaimer_.ReclaimNow(); }

  void CreateShard(const ShardKey& key, SequenceNumber first, ProducerTable producers,
                   StatusCallback done);
  void DeleteShard(const ShardKey& key, StatusCallback done);
  void Seal(const ShardKey& key, SealCallback done);
  void Append(const ShardKey& key, RecordBatch batch, AppendConditions conditions,
              AppendCallback done);
  absl::StatusOr<ReadResult> Read(const ShardKey& key, SequenceNumber from,
                                  const ReadLimits& limits);
  absl::StatusOr<ShardBounds> Bounds(const ShardKey& key);
  absl::StatusOr<SequenceNumber> FindByTime(const ShardKey& key, int64_t timestamp_ms);
  void Trim(const ShardKey& key, SequenceNumber first, StatusCallback done);
  WaitId WaitForRecords(const ShardKey& key, SequenceNumber end_seen, ReadyCallback ready);
  bool CancelWait(const ShardKey& key, WaitId wait);

  // Adds what the sealed shard `parent` knows of producers to `producers`, for a child that begins
  // at `first`. Errors as ShardLog::CreateShard.
  absl::Status Inherit(const ShardKey& parent, SequenceNumber first, ProducerTable* producers);

 private:
  Lane(std::unique_ptr<LaneDb> db, std::shared_ptr<LaneHealth> health, const LaneOptions& options);

  absl::StatusOr<std::shared_ptr<Shard>> Find(const ShardKey& key) const;
  // One attempt of Read. DATA_LOSS may be none: a trim or a deletion may have come between.
  absl::StatusOr<ReadResult> ReadOnce(const Shard& shard, const Shard::View& view,
                                      SequenceNumber from, const ReadLimits& limits) const;
  // Logs damage that a reader met, once for each place, so that a reader that tries again and again
  // does not fill the log.
  void ReportDamage(const ShardKey& key, SequenceNumber from, const absl::Status& damage);
  // Sets what may be deleted from RocksDB when the shard is trimmed up to command->first.
  void PlanDelete(const ShardBounds& bounds, TrimCommand* command) const;
  struct IndexedTime {
    TimeIndexEntry entry;
    uint64_t bytes_before = 0;
  };
  // The youngest entry of the time index that is not above `limit`; nothing if there is none.
  absl::StatusOr<std::optional<IndexedTime>> FindIndexed(const ShardKey& key,
                                                         const TimeIndexEntry& limit) const;

  const LaneOptions options_;
  const std::unique_ptr<LaneDb> db_;
  const std::shared_ptr<LaneHealth> health_;
  const BatchReader reader_;
  ShardTable shards_;
  SpaceReclaimer reclaimer_;
  Committer committer_;
  // Held alone.
  Mutex damage_mutex_;
  // Places that were logged, up to kDamageLoggedMax.
  std::set<std::pair<ShardKey, SequenceNumber>> damage_logged_ ABSL_GUARDED_BY(damage_mutex_);
  // Unique numbers; orders nothing.
  std::atomic<WaitId> next_wait_ = 1;
  bool closed_ = false;
};

}  // namespace penstock::storage
