// FakeShardSet: a ShardLog that only knows which shards there are, for tests of the control plane.
//
// Counts creations and deletions, lets them fail, or holds them up until the test has looked. Every
// other call is a mistake of the test. Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>

#include "absl/base/thread_annotations.h"

#include "common/error.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::testing {

class FakeShardSet final : public storage::ShardLog {
 public:
  absl::Status CreateShard(const ShardKey& shard, SequenceNumber first) override {
    MutexLock lock(mutex_);
    if (absl::Status status = Begin(); !status.ok()) return status;
    ++creations_;
    shards_.emplace(shard, first);
    return absl::OkStatus();
  }

  absl::Status DeleteShard(const ShardKey& shard) override {
    MutexLock lock(mutex_);
    if (absl::Status status = Begin(); !status.ok()) return status;
    ++deletions_;
    shards_.erase(shard);
    return absl::OkStatus();
  }

  absl::StatusOr<storage::ShardBounds> Bounds(const ShardKey& shard) override {
    MutexLock lock(mutex_);
    const auto found = shards_.find(shard);
    if (found == shards_.end()) return MakeError(ErrorReason::kShardNotFound, ToString(shard));
    return storage::ShardBounds{found->second, found->second};
  }

  void Append(const ShardKey&, RecordBatch, storage::AppendCallback) override { Unexpected(); }
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

  // The next `count` creations and deletions fail.
  void FailNext(size_t count) {
    MutexLock lock(mutex_);
    failures_left_ = count;
  }
  // After `count` more creations and deletions the others wait for Release.
  void HoldAfter(size_t count) {
    MutexLock lock(mutex_);
    held_ = true;
    passes_left_ = count;
  }
  void Release() {
    MutexLock lock(mutex_);
    held_ = false;
    changed_.NotifyAll();
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
  size_t creations() const {
    MutexLock lock(mutex_);
    return creations_;
  }
  size_t deletions() const {
    MutexLock lock(mutex_);
    return deletions_;
  }

 private:
  absl::Status Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (held_ && passes_left_ == 0) changed_.Wait(mutex_);
    if (held_) --passes_left_;
    if (failures_left_ == 0) return absl::OkStatus();
    --failures_left_;
    return MakeError(ErrorReason::kStorageFailed, "failure asked for by the test");
  }

  [[noreturn]] static void Unexpected() { throw std::logic_error("not expected of this log"); }

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<ShardKey, SequenceNumber> shards_ ABSL_GUARDED_BY(mutex_);
  size_t creations_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t deletions_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t failures_left_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t passes_left_ ABSL_GUARDED_BY(mutex_) = 0;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::testing
