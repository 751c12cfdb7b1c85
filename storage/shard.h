// Shard: a shard in memory: its bounds, its recent batches, and who waits for more.
//
// Two halves. `writer` belongs to the committer thread alone, but for the producers of a sealed
// shard. The rest is what readers see; it
// follows behind, when the syncer publishes what is on disk. Thread-safe but for `writer`; shared
// by the shard table, commands in the queue and readers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"

#include "common/ids.h"
#include "common/mutex.h"
#include "common/record_batch.h"
#include "storage/producer_table.h"
#include "storage/shard_log.h"
#include "storage/shard_row.h"

namespace penstock::storage {

using ReadyCallback = absl::AnyInvocable<void() &&>;

class Shard {
 public:
  Shard(const ShardKey& key, const ShardRow& row);

  const ShardKey& key() const { return key_; }

  // The committer's own: the shard as it will be when all that was written is synced.
  struct Writer {
    ShardRow row;
    ProducerTable producers;
    // The youngest time index entry; none since the start of the program.
    std::optional<int64_t> indexed_time_ms;
    uint64_t indexed_bytes = 0;
    // On the monotonic clock. Until there was one, the first trim after the start.
    std::optional<int64_t> last_delete_ms;
    bool deleted = false;
    // In the list of shards whose row the present round must write.
    bool row_dirty = false;
  };
  Writer writer;

  // The syncer: the batch is on disk. Returns the waits that have come true; call them without a
  // lock.
  std::vector<ReadyCallback> PublishBatch(StoredBatch batch);
  // The syncer: the seal is on disk, and all batches before it were published. Returns all waits.
  std::vector<ReadyCallback> PublishSealed();
  // The committer, before the write that deletes: a reader whose iterator misses batches then knows
  // why. Should the write fail, what was to go stays hidden until the lane is opened again.
  void PublishTrim(SequenceNumber first);
  std::vector<ReadyCallback> PublishDeleted();
  // Drops the oldest batch in memory if it is the one that begins at `first`. True if it did.
  bool DropFromTail(SequenceNumber first);
  // The log stops: gives all waits.
  std::vector<ReadyCallback> TakeWaits();

  struct View {
    ShardBounds bounds;
    // Of the youngest record there ever was; 0 if there was none.
    int64_t last_append_time_ms = 0;
    bool deleted = false;
  };
  View view() const;

  // What it knows of producers, null until the seal is published: from then on it is constant, and
  // any thread may look while it holds the shard.
  const ProducerTable* sealed_producers() const;

  // Batches in memory from the one that holds `from` on; empty if that one is not in memory.
  // `*tail_begin` is the first number in memory, or the end of the shard.
  std::vector<StoredBatch> ReadTail(SequenceNumber from, const ReadLimits& limits,
                                    std::optional<int64_t>* next_append_time_ms,
                                    SequenceNumber* tail_begin) const;
  // The first number in memory that arrived at `timestamp_ms` or later, if the answer lies in
  // memory for sure.
  std::optional<SequenceNumber> FindInTail(int64_t timestamp_ms) const;

  // See ShardLog. `id` is the caller's. False, with *ready untouched, if it has come true already.
  bool AddWait(WaitId id, SequenceNumber end_seen, ReadyCallback* ready);
  bool RemoveWait(WaitId id);

 private:
  struct Wait {
    WaitId id;
    SequenceNumber end_seen;
    ReadyCallback ready;
  };

  const ShardKey key_;
  // Held alone.
  mutable Mutex mutex_;
  ShardBounds bounds_ ABSL_GUARDED_BY(mutex_);
  int64_t last_append_time_ms_ ABSL_GUARDED_BY(mutex_);
  bool deleted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Recent batches, contiguous, ending at bounds_.end.
  std::deque<StoredBatch> tail_ ABSL_GUARDED_BY(mutex_);
  std::vector<Wait> waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::storage
