#include "client/producer/aggregate.h"

#include <algorithm>

#include "common/check.h"

namespace penstock::producer {

size_t Aggregator::Route(HashKey hash_key) const {
  const auto after = std::upper_bound(first_keys_.begin(), first_keys_.end(), hash_key);
  return static_cast<size_t>(after - first_keys_.begin()) - 1;
}

Aggregator::Slot* Aggregator::Find(QueueId queue) {
  const auto found = position_of_.find(queue);
  return found == position_of_.end() ? nullptr : &slots_[found->second];
}

ClosedBatch Aggregator::Close(Slot& slot) {
  ++slot.closed;
  // The next batch is expected to be as large as this one.
  slot.bytes_expected = std::min(slot.batch.bytes() + slot.batch.bytes() / 16,
                                 options_.reserve_bytes_max / slots_.size());
  ClosedBatch closed{slot.place.queue,
                     {stream_, slot.place.shard.index},
                     {slot.place.producer_id, /*producer_epoch=*/1, slot.closed},
                     std::move(slot.batch)};
  slot.batch = OpenBatch(LimitsNow());
  slot.due_us = 0;
  slot.overdue = false;
  return closed;
}

std::optional<ClosedBatch> Aggregator::AddTo(size_t position, const RecordView& record,
                                             HashKey hash_key, PendingRecord pending) {
  Slot& slot = slots_[position];
  std::optional<ClosedBatch> closed;
  if (!slot.batch.Fits(record)) closed = Close(slot);
  if (slot.batch.empty()) {
    slot.batch = OpenBatch(LimitsNow(), slot.bytes_expected);
    slot.due_us = pending.put_us + options_.buffered_time_us;
    due_.emplace_back(slot.due_us, position);
  }
  slot.batch.Add(record, hash_key, std::move(pending));
  // Where the record did not fit, and fills a batch by itself, the next record closes that.
  if (!closed.has_value() && slot.batch.IsFull()) closed = Close(slot);
  return closed;
}

Aggregator::Added Aggregator::Add(const RecordView& record, HashKey hash_key,
                                  PendingRecord pending) {
  MutexLock lock(mutex_);
  Added added;
  if (slots_.empty()) {
    if (unrouted_.empty()) added.due_us = pending.put_us;
    // Copies the record once more than usual: until the first shard map is there.
    unrouted_.push_back({std::string(record.data), std::string(record.partition_key),
                         std::string(record.explicit_hash_key), hash_key, std::move(pending)});
    return added;
  }
  const std::optional<int64_t> due_before = FirstDueUs();
  added.closed = AddTo(Route(hash_key), record, hash_key, std::move(pending));
  if (const auto due = FirstDueUs(); due.has_value() && due != due_before) added.due_us = due;
  return added;
}

std::vector<ClosedBatch> Aggregator::TakeDue(int64_t now_us, CanSend can_send) {
  std::vector<ClosedBatch> taken;
  MutexLock lock(mutex_);
  while (!due_.empty() && due_.front().first <= now_us) {
    const auto [due_us, position] = due_.front();
    due_.pop_front();
    Slot& slot = slots_[position];
    if (slot.batch.empty() || slot.due_us != due_us) continue;
    if (can_send(slot.place.queue)) {
      taken.push_back(Close(slot));
    } else {
      slot.overdue = true;
    }
  }
  return taken;
}

std::optional<ClosedBatch> Aggregator::TakeOverdue(QueueId queue) {
  MutexLock lock(mutex_);
  Slot* const slot = Find(queue);
  if (slot == nullptr || !slot->overdue || slot->batch.empty()) return std::nullopt;
  return Close(*slot);
}

std::vector<ClosedBatch> Aggregator::TakeOverdueBefore(int64_t due_before_us) {
  std::vector<ClosedBatch> taken;
  MutexLock lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.overdue && !slot.batch.empty() && slot.due_us < due_before_us)
      taken.push_back(Close(slot));
  }
  return taken;
}

std::vector<ClosedBatch> Aggregator::TakeAll() {
  std::vector<ClosedBatch> taken;
  MutexLock lock(mutex_);
  due_.clear();
  for (Slot& slot : slots_) {
    if (!slot.batch.empty()) taken.push_back(Close(slot));
  }
  return taken;
}

std::optional<int64_t> Aggregator::NextDueUs() const {
  MutexLock lock(mutex_);
  return FirstDueUs();
}

std::optional<int64_t> Aggregator::FirstDueUs() const {
  if (due_.empty()) return std::nullopt;
  return due_.front().first;
}

Aggregator::Installed Aggregator::Install(StreamId stream, const std::vector<Place>& places,
                                          size_t record_bytes_max) {
  CHECK(!places.empty());
  Installed installed;
  MutexLock lock(mutex_);
  record_bytes_max_ = record_bytes_max;
  std::vector<Slot> slots;
  slots.reserve(places.size());
  for (const Place& place : places) {
    Slot* const kept = Find(place.queue);
    if (kept != nullptr) {
      slots.push_back(std::move(*kept));
      // What is left behind is no slot any more.
      kept->place.queue = 0;
    } else {
      slots.push_back(Slot{place, 0, OpenBatch(LimitsNow())});
    }
  }
  for (Slot& slot : slots_) {
    if (slot.place.queue == 0) continue;
    if (!slot.batch.empty()) installed.closed.push_back(Close(slot));
    installed.ended.emplace_back(slot.place.queue, slot.closed);
  }
  slots_ = std::move(slots);
  stream_ = stream;
  first_keys_.clear();
  position_of_.clear();
  due_.clear();
  std::vector<std::pair<int64_t, size_t>> due;
  for (size_t i = 0; i < slots_.size(); ++i) {
    first_keys_.push_back(slots_[i].place.shard.hash_keys.first);
    position_of_[slots_[i].place.queue] = i;
    if (!slots_[i].batch.empty() && !slots_[i].overdue) due.emplace_back(slots_[i].due_us, i);
  }
  std::sort(due.begin(), due.end());
  due_.assign(due.begin(), due.end());
  for (Unrouted& waiting : std::exchange(unrouted_, {})) {
    auto closed = AddTo(Route(waiting.hash_key),
                        {waiting.data, waiting.partition_key, waiting.explicit_hash_key},
                        waiting.hash_key, std::move(waiting.pending));
    if (closed.has_value()) installed.closed.push_back(*std::move(closed));
  }
  return installed;
}

void Aggregator::SetRecordBytesMax(size_t record_bytes_max) {
  MutexLock lock(mutex_);
  record_bytes_max_ = record_bytes_max;
}

bool Aggregator::HasUnrouted() const {
  MutexLock lock(mutex_);
  return !unrouted_.empty();
}

std::vector<PendingRecord> Aggregator::TakeUnrouted(int64_t put_before_us) {
  std::vector<PendingRecord> taken;
  MutexLock lock(mutex_);
  while (!unrouted_.empty() && unrouted_.front().pending.put_us < put_before_us) {
    taken.push_back(std::move(unrouted_.front().pending));
    unrouted_.pop_front();
  }
  return taken;
}

std::vector<PendingRecord> Aggregator::TakeUnroutedLarger(size_t record_bytes_max) {
  std::vector<PendingRecord> taken;
  MutexLock lock(mutex_);
  for (Unrouted& record : std::exchange(unrouted_, {})) {
    if (record.data.size() + record.partition_key.size() > record_bytes_max) {
      taken.push_back(std::move(record.pending));
    } else {
      unrouted_.push_back(std::move(record));
    }
  }
  return taken;
}

}  // namespace penstock::producer
