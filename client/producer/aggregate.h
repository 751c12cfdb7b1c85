// Aggregator: the first stage. Gathers records into an open batch for each shard.
//
//   Put ─▶ Add ─▶ routed by hash key ─▶ open batch ─▶ full ────────────────▶ closed
//            └─ no shard map yet: kept in order      └▶ its time is over ──▶ closed
//
// A closed batch has its place in its queue, a sequence from 1, and goes on to be sealed, outside
// the lock: by whoever put the record that filled it, or by the producer's thread. Batches whose
// time is over but whose queue could not send them anyway are left open, to become larger.
//
// A queue is where a shard's batches go (client/producer/collect.h); Install, with a new shard map,
// says which. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"

#include "client/producer/batch.h"
#include "client/producer/transport.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/limits.h"
#include "common/mutex.h"
#include "common/record.h"
#include "common/record_batch_builder.h"

namespace penstock::producer {

// Identifies a queue; never used again. 0 is none.
using QueueId = uint64_t;

struct ClosedBatch {
  QueueId queue = 0;
  ShardKey shard;
  ProducerStamp stamp;
  OpenBatch batch;
};

class Aggregator {
 public:
  struct Options {
    BatchLimits limits;
    int64_t buffered_time_us = 0;
    // What the open batches of all shards may reserve ahead.
    size_t reserve_bytes_max = 0;
  };
  explicit Aggregator(const Options& options) : options_(options) {}

  struct Added {
    // Full: to be sealed by the caller.
    std::optional<ClosedBatch> closed;
    // When the producer's thread has to look again, if that is sooner than before; or now, where
    // there is no shard map.
    std::optional<int64_t> due_us;
  };
  Added Add(const RecordView& record, HashKey hash_key, PendingRecord pending)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // ---- For the producer's thread

  // Whether a queue would send a batch now.
  using CanSend = absl::FunctionRef<bool(QueueId)>;
  // Batches whose time is over at `now_us`, of queues that can send.
  std::vector<ClosedBatch> TakeDue(int64_t now_us, CanSend can_send) ABSL_LOCKS_EXCLUDED(mutex_);
  // The batch of `queue` if its time was over at an earlier TakeDue.
  std::optional<ClosedBatch> TakeOverdue(QueueId queue) ABSL_LOCKS_EXCLUDED(mutex_);
  // Those whose time was over at an earlier TakeDue, and before `due_before_us`.
  std::vector<ClosedBatch> TakeOverdueBefore(int64_t due_before_us) ABSL_LOCKS_EXCLUDED(mutex_);
  // All batches, due or not.
  std::vector<ClosedBatch> TakeAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // When the next batch is due; nothing if none is open.
  std::optional<int64_t> NextDueUs() const ABSL_LOCKS_EXCLUDED(mutex_);

  // A shard of the map and the queue of its batches: that of the map before, where the shard was
  // there.
  struct Place {
    MappedShard shard;
    QueueId queue = 0;
    uint64_t producer_id = 0;
  };
  struct Installed {
    // Of shards that are no more, and those that records without a shard filled.
    std::vector<ClosedBatch> closed;
    // Queues of shards that are no more, and how many batches they get in all.
    std::vector<std::pair<QueueId, uint64_t>> ended;
  };
  // From now on records are routed by these places, which tile all hash keys in order; aggregated
  // ones are no larger than the stream's records may be.
  Installed Install(StreamId stream, const std::vector<Place>& places, size_t record_bytes_max)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void SetRecordBytesMax(size_t record_bytes_max) ABSL_LOCKS_EXCLUDED(mutex_);

  // Records that have waited for a shard map. Without a map there are no others.
  bool HasUnrouted() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<PendingRecord> TakeUnrouted(int64_t put_before_us) ABSL_LOCKS_EXCLUDED(mutex_);
  // Of these the ones with more bytes of data and partition key.
  std::vector<PendingRecord> TakeUnroutedLarger(size_t record_bytes_max)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Slot {
    Place place;
    // Batches closed so far: the sequence of the last.
    uint64_t closed = 0;
    OpenBatch batch;
    // Of the open batch, if it is not empty.
    int64_t due_us = 0;
    bool overdue = false;
    size_t bytes_expected = 0;
  };
  struct Unrouted {
    std::string data;
    std::string partition_key;
    std::string explicit_hash_key;
    HashKey hash_key;
    PendingRecord pending;
  };

  size_t Route(HashKey hash_key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The batch that was closed for the record or by it; a batch that it began has its time from here.
  std::optional<ClosedBatch> AddTo(size_t position, const RecordView& record, HashKey hash_key,
                                   PendingRecord pending) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BatchLimits LimitsNow() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return options_.limits.For(record_bytes_max_);
  }
  std::optional<int64_t> FirstDueUs() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ClosedBatch Close(Slot& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Slot* Find(QueueId queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;

  // Held alone.
  mutable Mutex mutex_;
  StreamId stream_ ABSL_GUARDED_BY(mutex_);
  size_t record_bytes_max_ ABSL_GUARDED_BY(mutex_) = kRecordBytesMax;
  // In order of hash keys. Empty: there is no shard map.
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  // The slots' first hash keys, apart: what is searched lies together.
  std::vector<HashKey> first_keys_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<QueueId, size_t> position_of_ ABSL_GUARDED_BY(mutex_);
  // Slots with an open batch in the order of their times; some that have been closed since.
  std::deque<std::pair<int64_t, size_t>> due_ ABSL_GUARDED_BY(mutex_);
  std::deque<Unrouted> unrouted_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::producer
