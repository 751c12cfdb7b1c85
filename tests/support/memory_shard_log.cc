#include "tests/support/memory_shard_log.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"

namespace penstock::testing {
namespace {

using storage::AppendCallback;
using storage::AppendConditions;
using storage::AppendResult;
using storage::NewShard;
using storage::ReadLimits;
using storage::ReadResult;
using storage::SealCallback;
using storage::ShardBounds;
using storage::StatusCallback;
using storage::WaitId;

absl::Status ShardNotFound(const ShardKey& shard) {
  return MakeError(ErrorReason::kShardNotFound, absl::StrCat("no shard ", ToString(shard)));
}

absl::Status ShuttingDown() {
  return MakeError(ErrorReason::kShuttingDown, "the log has stopped");
}

// Takes one failure off, if there is one.
template <typename FailuresByShard>
absl::Status TakeFailure(FailuresByShard& failures, const ShardKey& shard) {
  const auto found = failures.find(shard);
  if (found == failures.end() || found->second.count == 0) return absl::OkStatus();
  --found->second.count;
  return found->second.status;
}

}  // namespace

MemoryShardLog::~MemoryShardLog() {
  CHECK(held_appends() == 0);
}

MemoryShardLog::Shard* MemoryShardLog::Find(const ShardKey& shard) {
  const auto found = shards_.find(shard);
  return found == shards_.end() ? nullptr : &found->second;
}

template <typename SomeCallback, typename Answer>
void MemoryShardLog::QueueAnswer(SomeCallback done, Answer answer) {
  callbacks_.emplace_back([done = std::move(done), answer = std::move(answer)]() mutable {
    std::move(done)(std::move(answer));
  });
}

void MemoryShardLog::CreateShard(const ShardKey& shard, NewShard spec, StatusCallback done) {
  {
    MutexLock lock(mutex_);
    QueueAnswer(std::move(done), Create(shard, spec));
  }
  RunCallbacks();
}

absl::Status MemoryShardLog::Create(const ShardKey& key, const NewShard& spec) {
  if (stopped_) return ShuttingDown();
  if (Find(key) != nullptr) return absl::OkStatus();
  MemoryProducers producers;
  for (const ShardKey& parent : spec.parents) {
    const Shard* const found = Find(parent);
    if (found == nullptr) return ShardNotFound(parent);
    if (!found->bounds.sealed || found->bounds.end > spec.first) {
      return MakeError(ErrorReason::kInvalidArgument,
                       absl::StrCat("parent shard ", ToString(parent),
                                    " is not sealed or ends above its child's first number"));
    }
    producers.Inherit(found->producers);
  }
  Shard& shard = shards_[key];
  shard.bounds = {spec.first, spec.first};
  shard.producers = std::move(producers);
  return absl::OkStatus();
}

void MemoryShardLog::DeleteShard(const ShardKey& shard, StatusCallback done) {
  {
    MutexLock lock(mutex_);
    if (Shard* const found = Find(shard); !stopped_ && found != nullptr) {
      EndWaits(*found, std::nullopt);
      shards_.erase(shard);
    }
    QueueAnswer(std::move(done), stopped_ ? ShuttingDown() : absl::OkStatus());
  }
  RunCallbacks();
}

void MemoryShardLog::Seal(const ShardKey& shard, SealCallback done) {
  {
    MutexLock lock(mutex_);
    if (holding_ && !stopped_ && Find(shard) != nullptr) {
      held_.emplace_back(HeldSeal{shard, std::move(done)});
      return;
    }
    SealNow(shard, std::move(done));
  }
  RunCallbacks();
}

void MemoryShardLog::SealNow(const ShardKey& key, SealCallback done) {
  if (stopped_) return QueueAnswer(std::move(done), ShuttingDown());
  Shard* const shard = Find(key);
  if (shard == nullptr) return QueueAnswer(std::move(done), ShardNotFound(key));
  shard->bounds.sealed = true;
  QueueAnswer(std::move(done), shard->bounds);
  EndWaits(*shard, std::nullopt);
}

void MemoryShardLog::Append(const ShardKey& shard, RecordBatch batch, AppendConditions conditions,
                            AppendCallback done) {
  HeldAppend append{shard, std::move(batch), conditions, std::move(done)};
  {
    MutexLock lock(mutex_);
    if (holding_ && !stopped_ && Find(shard) != nullptr) {
      held_.emplace_back(std::move(append));
      return;
    }
    Store(std::move(append));
  }
  RunCallbacks();
}

absl::StatusOr<std::optional<AppendResult>> MemoryShardLog::Check(const HeldAppend& append) {
  if (stopped_) return ShuttingDown();
  Shard* const shard = Find(append.shard);
  if (shard == nullptr) return ShardNotFound(append.shard);
  if (absl::Status failure = TakeFailure(append_failures_, append.shard); !failure.ok())
    return failure;
  const RecordBatchHeader& header = append.batch.header();
  const bool sealed = shard->bounds.sealed;
  if (header.producer_id != 0) {
    auto stored_before =
        shard->producers.Check(header, sealed ? std::nullopt : append.conditions.producer_previous);
    if (!stored_before.ok() || stored_before->has_value()) return stored_before;
  }
  if (sealed) {
    return MakeError(ErrorReason::kShardClosed,
                     absl::StrCat("shard ", ToString(append.shard), " is closed"));
  }
  const auto expected = append.conditions.expected_next;
  if (expected.has_value() && *expected != shard->bounds.end) {
    return MakeError(ErrorReason::kSequenceNumberMismatch,
                     absl::StrCat("the next sequence number is ", shard->bounds.end.value()));
  }
  return std::nullopt;
}

void MemoryShardLog::Store(HeldAppend append) {
  auto stored_before = Check(append);
  if (!stored_before.ok()) {
    return QueueAnswer(std::move(append.done),
                       absl::StatusOr<AppendResult>(std::move(stored_before).status()));
  }
  if (stored_before->has_value()) {
    return QueueAnswer(std::move(append.done), absl::StatusOr<AppendResult>(**stored_before));
  }
  Shard& shard = *Find(append.shard);
  RecordBatch& batch = append.batch;
  const AppendResult result{shard.bounds.end,    clock_->NowMs(),
                            append.shard.shard,  batch.header().record_count,
                            /*duplicate=*/false, batch.header().hash_keys};
  batch.Stamp(Epoch(1), result.first_sequence_number, result.append_time_ms);
  if (batch.header().producer_id != 0) shard.producers.Remember(batch.header(), result);
  shard.bounds.end = batch.header().end_sequence_number();
  shard.batches.push_back(std::make_shared<const RecordBatch>(std::move(batch)));
  QueueAnswer(std::move(append.done), absl::StatusOr<AppendResult>(result));
  EndWaits(shard, shard.bounds.end);
}

absl::StatusOr<ReadResult> MemoryShardLog::Read(const ShardKey& shard, SequenceNumber from,
                                                const ReadLimits& limits) {
  MutexLock lock(mutex_);
  const Shard* const found = Find(shard);
  if (found == nullptr) return ShardNotFound(shard);
  if (absl::Status failure = TakeFailure(read_failures_, shard); !failure.ok()) return failure;

  ReadResult result;
  result.bounds = found->bounds;
  const SequenceNumber start = std::max(from, found->bounds.first);
  size_t records = 0;
  size_t bytes = 0;
  for (const StoredBatch& batch : found->batches) {
    if (batch->header().end_sequence_number() <= start) continue;
    const bool full =
        !result.batches.empty() && (records >= limits.records_max || bytes >= limits.bytes_max);
    if (full) {
      result.next_append_time_ms = batch->header().append_time_ms;
      break;
    }
    result.batches.push_back(batch);
    records += batch->header().record_count;
    bytes += batch->bytes().size();
  }
  return result;
}

absl::StatusOr<ShardBounds> MemoryShardLog::Bounds(const ShardKey& shard) {
  MutexLock lock(mutex_);
  const Shard* const found = Find(shard);
  if (found == nullptr) return ShardNotFound(shard);
  return found->bounds;
}

absl::StatusOr<SequenceNumber> MemoryShardLog::FindByTime(const ShardKey& shard,
                                                          int64_t timestamp_ms) {
  MutexLock lock(mutex_);
  const Shard* const found = Find(shard);
  if (found == nullptr) return ShardNotFound(shard);
  if (absl::Status failure = TakeFailure(read_failures_, shard); !failure.ok()) return failure;
  for (const StoredBatch& batch : found->batches) {
    if (batch->header().append_time_ms >= timestamp_ms)
      return std::max(batch->header().first_sequence_number, found->bounds.first);
  }
  return found->bounds.end;
}

void MemoryShardLog::Trim(const ShardKey& shard, SequenceNumber first, StatusCallback done) {
  const auto trim = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::Status {
    if (stopped_) return ShuttingDown();
    Shard* const found = Find(shard);
    if (found == nullptr) return ShardNotFound(shard);
    ShardBounds& bounds = found->bounds;
    bounds.first = std::clamp(first, bounds.first, bounds.end);
    std::deque<StoredBatch>& batches = found->batches;
    while (!batches.empty() && batches.front()->header().end_sequence_number() <= bounds.first)
      batches.pop_front();
    return absl::OkStatus();
  };
  {
    MutexLock lock(mutex_);
    QueueAnswer(std::move(done), trim());
  }
  RunCallbacks();
}

WaitId MemoryShardLog::WaitForRecords(const ShardKey& shard, SequenceNumber end_seen,
                                      Callback ready) {
  {
    MutexLock lock(mutex_);
    Shard* const found = Find(shard);
    if (!stopped_ && found != nullptr && !found->bounds.sealed && found->bounds.end <= end_seen) {
      found->waits.emplace(++last_wait_, Shard::Wait{end_seen, std::move(ready)});
      return last_wait_;
    }
  }
  std::move(ready)();
  return 0;
}

bool MemoryShardLog::CancelWait(const ShardKey& shard, WaitId wait) {
  // Destroyed without the lock: it may own what calls the log from its destructor.
  std::map<WaitId, Shard::Wait>::node_type cancelled;
  MutexLock lock(mutex_);
  Shard* const found = Find(shard);
  if (found != nullptr) cancelled = found->waits.extract(wait);
  return !cancelled.empty();
}

void MemoryShardLog::HoldAppends() {
  MutexLock lock(mutex_);
  holding_ = true;
}

void MemoryShardLog::ReleaseAppends() {
  {
    MutexLock lock(mutex_);
    holding_ = false;
    for (auto& held : held_) {
      if (auto* const append = std::get_if<HeldAppend>(&held)) {
        Store(std::move(*append));
      } else {
        auto& seal = std::get<HeldSeal>(held);
        SealNow(seal.shard, std::move(seal.done));
      }
    }
    held_.clear();
  }
  RunCallbacks();
}

size_t MemoryShardLog::held_appends() const {
  MutexLock lock(mutex_);
  return held_.size();
}

void MemoryShardLog::FailAppends(const ShardKey& shard, size_t count, const absl::Status& status) {
  MutexLock lock(mutex_);
  append_failures_[shard] = {count, status};
}

void MemoryShardLog::FailReads(const ShardKey& shard, size_t count, const absl::Status& status) {
  MutexLock lock(mutex_);
  read_failures_[shard] = {count, status};
}

void MemoryShardLog::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    for (auto& [key, shard] : shards_) EndWaits(shard, std::nullopt);
  }
  ReleaseAppends();
}

size_t MemoryShardLog::open_waits() const {
  MutexLock lock(mutex_);
  size_t open = 0;
  for (const auto& [key, shard] : shards_) open += shard.waits.size();
  return open;
}

void MemoryShardLog::EndWaits(Shard& shard, std::optional<SequenceNumber> end) {
  for (auto it = shard.waits.begin(); it != shard.waits.end();) {
    if (end.has_value() && *end <= it->second.end_seen) {
      ++it;
      continue;
    }
    callbacks_.push_back(std::move(it->second.ready));
    it = shard.waits.erase(it);
  }
}

void MemoryShardLog::RunCallbacks() {
  MutexLock lock(mutex_);
  if (running_callbacks_) return;
  running_callbacks_ = true;
  while (!callbacks_.empty()) {
    Callback callback = std::move(callbacks_.front());
    callbacks_.pop_front();
    mutex_.Unlock();
    std::move(callback)();
    callback = nullptr;
    mutex_.Lock();
  }
  running_callbacks_ = false;
}

}  // namespace penstock::testing
