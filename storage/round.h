// Round: the commands that go to disk in one write, and what is to be told when they are synced.
//
// The committer adds commands, which get their sequence numbers here, and writes; the syncer, once
// the write is on disk, publishes and answers. Used by one thread at a time, and handed from the
// committer to the syncer.
//
//   committer:  Add … Add  Write ─────────┐          Add … Add  Write ───┐
//   syncer:                               SyncWAL  Complete              SyncWAL  Complete
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <rocksdb/write_batch.h>

#include "storage/commands.h"
#include "storage/lane_db.h"
#include "storage/lane_options.h"
#include "storage/shard_table.h"
#include "storage/space_reclaimer.h"
#include "storage/tail_ring.h"

namespace penstock::storage {

class Round {
 public:
  // `bytes_expected` of batches are coming.
  Round(const LaneDb& db, const LaneOptions& options, ShardTable& shards, size_t bytes_expected);

  // Gives the command its place in the log and adds it to the write. Answers at once if it cannot
  // be carried out.
  void Add(Command command);

  bool empty() const { return effects_.empty(); }
  // Bytes of the batches added.
  size_t bytes() const { return bytes_; }
  size_t appends() const { return appends_; }

  // Into RocksDB's log and memtable, not synced.
  absl::Status Write();

  // The write is on disk: publishes to readers, then answers, in order.
  void Complete(TailRing& tail, SpaceReclaimer& reclaimer);
  // It may or may not be on disk.
  void Fail(const absl::Status& error);

 private:
  struct Appended {
    std::shared_ptr<Shard> shard;
    StoredBatch batch;
    AppendCallback done;
  };
  struct Trimmed {
    ReclaimRange reclaim;
    StatusCallback done;
  };
  struct Deleted {
    ReclaimRange reclaim;
    std::vector<ReadyCallback> waits;
    StatusCallback done;
  };
  struct Created {
    StatusCallback done;
  };
  struct Sealed {
    std::shared_ptr<Shard> shard;
    SealCallback done;
  };
  // Stored by an earlier append, of this round or one that is synced before it.
  struct Duplicate {
    AppendResult result;
    AppendCallback done;
  };
  using Effect = std::variant<Appended, Trimmed, Deleted, Created, Sealed, Duplicate>;

  void AddCommand(AppendCommand command);
  void AddCommand(CreateCommand command);
  void AddCommand(SealCommand command);
  void AddCommand(DeleteCommand command);
  void AddCommand(TrimCommand command);
  // Whether the append may be carried out, and the result if it was before.
  static absl::StatusOr<std::optional<ProducerResult>> Check(const AppendCommand& command);
  void Remember(Shard& shard, const RecordBatchHeader& header);
  void PutProducerRow(const ShardKey& shard, uint64_t producer_id, uint8_t row, uint32_t epoch,
                      const ProducerResult& result);
  void DeleteProducerRows(const ShardKey& shard, uint64_t producer_id, uint8_t rows);
  void IndexTime(Shard& shard, const RecordBatch& batch);
  bool DeleteIsDue(const TrimCommand& command, Shard::Writer& writer) const;
  void MarkRowDirty(const std::shared_ptr<Shard>& shard);

  const LaneDb& db_;
  const LaneOptions& options_;
  ShardTable& shards_;
  rocksdb::WriteBatch write_;
  std::vector<Effect> effects_;
  std::vector<std::shared_ptr<Shard>> dirty_rows_;
  size_t bytes_ = 0;
  size_t appends_ = 0;
};

}  // namespace penstock::storage
