// FakeShardSet: a ShardLog that only knows which shards there are, for tests of the control plane.
//
// Counts creations and deletions, lets them fail, or holds them up until the test has looked. Every
// other call is a mistake of the test. Thread-safe. `done` is called on the calling thread, or on
// that of Release.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "common/error.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::testing {

class FakeShardSet final : public storage::ShardLog {
 public:
  void CreateShard(const ShardKey& shard, storage::NewShard spec,
                   storage::StatusCallback done) override {
    Do({shard, std::move(spec),
        [done = std::move(done)](const absl::StatusOr<storage::ShardBounds>& bounds) mutable {
          std::move(done)(bounds.status());
        }});
  }

  void DeleteShard(const ShardKey& shard, storage::StatusCallback done) override {
    Do({shard, Removal{},
        [done = std::move(done)](const absl::StatusOr<storage::ShardBounds>& bounds) mutable {
          std::move(done)(bounds.status());
        }});
  }

  void Seal(const ShardKey& shard, storage::SealCallback done) override {
    Do({shard, Sealing{}, std::move(done)});
  }

  absl::StatusOr<storage::ShardBounds> Bounds(const ShardKey& shard) override {
    MutexLock lock(mutex_);
    const auto found = shards_.find(shard);
    if (found == shards_.end()) return MakeError(ErrorReason::kShardNotFound, ToString(shard));
    return found->second;
  }

  void Append(const ShardKey&, RecordBatch, storage::AppendConditions,
              storage::AppendCallback) override {
    Unexpected();
  }
  absl::StatusOr<storage::ReadResult> Read(const ShardKey&, SequenceNumber,
                                           const storage::ReadLimits&) override {
    Unexpected();
  }
  absl::StatusOr<SequenceNumber> FindByTime(const ShardKey&, int64_t) override { Unexpected(); }
  void Trim(const ShardKey&, SequenceNumber, storage::StatusCallback) override { Unexpected(); }
  storage::WaitId WaitForRecords(const ShardKey&, SequenceNumber,
                                 absl::AnyInvocable<void() &&>) override {
    Unexpected();
  }
  bool CancelWait(const ShardKey&, storage::WaitId) override { Unexpected(); }

  // As if so many records had been put.
  void AddRecords(const ShardKey& shard, uint64_t count) {
    MutexLock lock(mutex_);
    storage::ShardBounds& bounds = shards_.at(shard);
    if (bounds.sealed) throw std::logic_error("records for a sealed shard");
    bounds.end = bounds.end.Plus(count);
  }
  // The next `count` creations, deletions and seals fail.
  void FailNext(size_t count) {
    MutexLock lock(mutex_);
    failures_left_ = count;
  }
  // After `count` more creations, deletions and seals the others wait for Release.
  void HoldAfter(size_t count) {
    MutexLock lock(mutex_);
    holding_ = true;
    passes_left_ = count;
  }
  void Release() {
    std::vector<Operation> released;
    {
      MutexLock lock(mutex_);
      holding_ = false;
      released.swap(held_);
    }
    for (Operation& operation : released) Do(std::move(operation));
  }
  // Calls that wait for Release.
  size_t waiting() const {
    MutexLock lock(mutex_);
    return held_.size();
  }
  // Loses a shard, as a disk would.
  void Lose(const ShardKey& shard) {
    MutexLock lock(mutex_);
    shards_.erase(shard);
  }

  size_t shard_count() const {
    MutexLock lock(mutex_);
    return shards_.size();
  }
  // Shards that were made or removed; repeating it counts for nothing.
  size_t creations() const {
    MutexLock lock(mutex_);
    return creations_;
  }
  size_t deletions() const {
    MutexLock lock(mutex_);
    return deletions_;
  }

 private:
  struct Removal {};
  struct Sealing {};
  struct Operation {
    ShardKey shard;
    std::variant<storage::NewShard, Removal, Sealing> what;
    storage::SealCallback done;
  };

  void Do(Operation operation) {
    std::optional<absl::StatusOr<storage::ShardBounds>> result;
    {
      MutexLock lock(mutex_);
      if (holding_ && passes_left_ == 0) {
        held_.push_back(std::move(operation));
        return;
      }
      if (holding_) --passes_left_;
      result = Apply(operation);
    }
    std::move(operation.done)(*std::move(result));
  }

  absl::StatusOr<storage::ShardBounds> Apply(const Operation& operation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (failures_left_ > 0) {
      --failures_left_;
      return MakeError(ErrorReason::kStorageFailed, "failure asked for by the test");
    }
    if (std::holds_alternative<Removal>(operation.what)) {
      deletions_ += shards_.erase(operation.shard);
      return storage::ShardBounds();
    }
    if (const auto* spec = std::get_if<storage::NewShard>(&operation.what)) {
      const auto [made, is_new] = shards_.try_emplace(
          operation.shard, storage::ShardBounds{spec->first, spec->first, false});
      if (is_new) ++creations_;
      return made->second;
    }
    const auto found = shards_.find(operation.shard);
    if (found == shards_.end())
      return MakeError(ErrorReason::kShardNotFound, ToString(operation.shard));
    found->second.sealed = true;
    return found->second;
  }

  [[noreturn]] static void Unexpected() { throw std::logic_error("not expected of this log"); }

  mutable Mutex mutex_;
  std::map<ShardKey, storage::ShardBounds> shards_ ABSL_GUARDED_BY(mutex_);
  size_t creations_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t deletions_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t failures_left_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t passes_left_ ABSL_GUARDED_BY(mutex_) = 0;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Operation> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::testing
