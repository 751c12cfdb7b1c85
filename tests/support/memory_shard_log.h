// MemoryShardLog: a ShardLog in memory, for tests and as the model that storage is held against.
//
// Every append is at once stored, visible and acknowledged, as if the sync took no time; hooks hold
// appends back or make them fail, so that a test decides what happens when. It keeps to the letter
// of storage/shard_log.h and does nothing cleverly: a shard is a list of batches, searched from the
// front.
//
// Thread-safe. Callbacks are called one after another, without a lock held, by the thread that
// caused them or by one that is calling callbacks already; they may call the log again. With one
// thread, Append has called `done` and every wait it ends before it returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/clock.h"
#include "common/mutex.h"
#include "storage/shard_log.h"
#include "tests/support/memory_producers.h"

namespace penstock::testing {

class MemoryShardLog final : public storage::ShardLog {
 public:
  // `clock` gives append times, as it tells them; it must outlive the log.
  explicit MemoryShardLog(const Clock* clock) : clock_(clock) {}
  // CHECKs that no append is held back: its callback would be lost.
  ~MemoryShardLog() override;

  void CreateShard(const ShardKey& shard, storage::NewShard spec,
                   storage::StatusCallback done) override;
  void DeleteShard(const ShardKey& shard, storage::StatusCallback done) override;
  void Seal(const ShardKey& shard, storage::SealCallback done) override;
  void Append(const ShardKey& shard, RecordBatch batch, storage::AppendConditions conditions,
              storage::AppendCallback done) override;
  absl::StatusOr<storage::ReadResult> Read(const ShardKey& shard, SequenceNumber from,
                                           const storage::ReadLimits& limits) override;
  absl::StatusOr<storage::ShardBounds> Bounds(const ShardKey& shard) override;
  absl::StatusOr<SequenceNumber> FindByTime(const ShardKey& shard, int64_t timestamp_ms) override;
  void Trim(const ShardKey& shard, SequenceNumber first, storage::StatusCallback done) override;
  storage::WaitId WaitForRecords(const ShardKey& shard, SequenceNumber end_seen,
                                 absl::AnyInvocable<void() &&> ready) override;
  bool CancelWait(const ShardKey& shard, storage::WaitId wait) override;

  // Hooks.

  // From here on appends wait, neither visible nor acknowledged, until they are released; so do
  // seals, which keep their place between them.
  void HoldAppends();
  // Lets those that were held back through, oldest first, and stops holding.
  void ReleaseAppends();
  // Seals count too.
  size_t held_appends() const;

  // The next `count` appends to `shard` are answered with `status` instead of being stored.
  void FailAppends(const ShardKey& shard, size_t count, const absl::Status& status);
  // The next `count` reads of `shard`, look-ups by time among them, are answered with `status`.
  void FailReads(const ShardKey& shard, size_t count, const absl::Status& status);

  // As when the broker closes its store: waits end, appends are refused with SHUTTING_DOWN, also
  // those held back. Reads go on.
  void Stop();

  // Waits that are open, over all shards.
  size_t open_waits() const;

 private:
  using Callback = absl::AnyInvocable<void() &&>;

  struct Failures {
    size_t count = 0;
    absl::Status status;
  };

  struct Shard {
    storage::ShardBounds bounds;
    MemoryProducers producers;
    // What is left of the batches below bounds.first goes; the first may begin below it.
    std::deque<StoredBatch> batches;
    struct Wait {
      SequenceNumber end_seen;
      Callback ready;
    };
    std::map<storage::WaitId, Wait> waits;
  };

  struct HeldAppend {
    ShardKey shard;
    RecordBatch batch;
    storage::AppendConditions conditions;
    storage::AppendCallback done;
  };
  struct HeldSeal {
    ShardKey shard;
    storage::SealCallback done;
  };

  Shard* Find(const ShardKey& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Stores, or refuses, and queues the callbacks that follow from it.
  void Store(HeldAppend append) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether it may be stored, and the result if it was before.
  absl::StatusOr<std::optional<storage::AppendResult>> Check(const HeldAppend& append)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Create(const ShardKey& key, const storage::NewShard& spec)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SealNow(const ShardKey& key, storage::SealCallback done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Queues the waits that `end` ends; without one, all of them.
  void EndWaits(Shard& shard, std::optional<SequenceNumber> end)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <typename SomeCallback, typename Answer>
  void QueueAnswer(SomeCallback done, Answer answer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Calls what has been queued, unless a thread is at it already.
  void RunCallbacks() ABSL_LOCKS_EXCLUDED(mutex_);

  const Clock* const clock_;

  // Guards all below. Never held while a callback runs.
  mutable Mutex mutex_;
  std::map<ShardKey, Shard> shards_ ABSL_GUARDED_BY(mutex_);
  std::map<ShardKey, Failures> append_failures_ ABSL_GUARDED_BY(mutex_);
  std::map<ShardKey, Failures> read_failures_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::variant<HeldAppend, HeldSeal>> held_ ABSL_GUARDED_BY(mutex_);
  std::deque<Callback> callbacks_ ABSL_GUARDED_BY(mutex_);
  storage::WaitId last_wait_ ABSL_GUARDED_BY(mutex_) = 0;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool running_callbacks_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::testing
