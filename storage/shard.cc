#include "storage/shard.h"

#include <algorithm>
#include <iterator>

#include "common/check.h"

namespace penstock::storage {
namespace {

SequenceNumber BeginOf(const StoredBatch& batch) {
  return batch->header().first_sequence_number;
}
SequenceNumber EndOf(const StoredBatch& batch) {
  return batch->header().end_sequence_number();
}

}  // namespace

Shard::Shard(const ShardKey& key, const ShardRow& row)
    : key_(key),
      bounds_{row.first, row.end, row.sealed},
      last_append_time_ms_(row.last_append_time_ms) {
  writer.row = row;
}

std::vector<ReadyCallback> Shard::PublishBatch(StoredBatch batch) {
  std::vector<ReadyCallback> ready;
  MutexLock lock(mutex_);
  CHECK(BeginOf(batch) == bounds_.end);
  CHECK(!bounds_.sealed);
  const SequenceNumber end = EndOf(batch);
  bounds_.end = end;
  last_append_time_ms_ = batch->header().append_time_ms;
  tail_.push_back(std::move(batch));
  const auto waiting = std::stable_partition(
      waits_.begin(), waits_.end(), [end](const Wait& wait) { return wait.end_seen >= end; });
  for (auto wait = waiting; wait != waits_.end(); ++wait) ready.push_back(std::move(wait->ready));
  waits_.erase(waiting, waits_.end());
  return ready;
}

std::vector<ReadyCallback> Shard::PublishSealed() {
  std::vector<ReadyCallback> ready;
  MutexLock lock(mutex_);
  bounds_.sealed = true;
  for (Wait& wait : waits_) ready.push_back(std::move(wait.ready));
  waits_.clear();
  return ready;
}

void Shard::PublishTrim(SequenceNumber first) {
  MutexLock lock(mutex_);
  bounds_.first = std::max(bounds_.first, first);
}

std::vector<ReadyCallback> Shard::PublishDeleted() {
  {
    MutexLock lock(mutex_);
    deleted_ = true;
    tail_.clear();
  }
  return TakeWaits();
}

bool Shard::DropFromTail(SequenceNumber first) {
  MutexLock lock(mutex_);
  if (tail_.empty() || BeginOf(tail_.front()) != first) return false;
  tail_.pop_front();
  return true;
}

std::vector<ReadyCallback> Shard::TakeWaits() {
  std::vector<ReadyCallback> ready;
  MutexLock lock(mutex_);
  stopped_ = true;
  for (Wait& wait : waits_) ready.push_back(std::move(wait.ready));
  waits_.clear();
  return ready;
}

Shard::View Shard::view() const {
  MutexLock lock(mutex_);
  return {bounds_, last_append_time_ms_, deleted_};
}

const ProducerTable* Shard::sealed_producers() const {
  MutexLock lock(mutex_);
  // The lock orders: the seal was published by the syncer, which had it from the committer.
  return bounds_.sealed ? &writer.producers : nullptr;
}

std::vector<StoredBatch> Shard::ReadTail(SequenceNumber from, const ReadLimits& limits,
                                         std::optional<int64_t>* next_append_time_ms,
                                         SequenceNumber* tail_begin) const {
  std::vector<StoredBatch> batches;
  MutexLock lock(mutex_);
  *tail_begin = tail_.empty() ? bounds_.end : BeginOf(tail_.front());
  if (from < *tail_begin || from >= bounds_.end) return batches;
  auto next = std::upper_bound(
      tail_.begin(), tail_.end(), from,
      [](SequenceNumber wanted, const StoredBatch& batch) { return wanted < EndOf(batch); });
  uint64_t records = 0;
  size_t bytes = 0;
  while (next != tail_.end() &&
         (batches.empty() || (records < limits.records_max && bytes < limits.bytes_max))) {
    records += EndOf(*next).Since(std::max(from, BeginOf(*next)));
    bytes += (*next)->bytes().size();
    batches.push_back(*next++);
  }
  if (next != tail_.end()) *next_append_time_ms = (*next)->header().append_time_ms;
  return batches;
}

std::optional<SequenceNumber> Shard::FindInTail(int64_t timestamp_ms) const {
  MutexLock lock(mutex_);
  // The first batch in memory must be older than the time asked for, else the answer may be on
  // disk.
  if (tail_.empty() || tail_.front()->header().append_time_ms >= timestamp_ms) return std::nullopt;
  const auto found = std::partition_point(
      tail_.begin(), tail_.end(),
      [&](const StoredBatch& batch) { return batch->header().append_time_ms < timestamp_ms; });
  return found == tail_.end() ? bounds_.end : std::max(bounds_.first, BeginOf(*found));
}

bool Shard::AddWait(WaitId id, SequenceNumber end_seen, ReadyCallback* ready) {
  MutexLock lock(mutex_);
  if (deleted_ || stopped_ || bounds_.sealed || bounds_.end > end_seen) return false;
  waits_.push_back({id, end_seen, std::move(*ready)});
  return true;
}

bool Shard::RemoveWait(WaitId id) {
  MutexLock lock(mutex_);
  const auto found =
      std::find_if(waits_.begin(), waits_.end(), [&](const Wait& wait) { return wait.id == id; });
  if (found == waits_.end()) return false;
  waits_.erase(found);
  return true;
}

}  // namespace penstock::storage
