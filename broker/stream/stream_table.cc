#include "broker/stream/stream_table.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

absl::Status NoStreamWithId(StreamId id) {
  return MakeError(ErrorReason::kStreamNotFound,
                   absl::StrCat("stream with id ", id.value(), " does not exist (any more)"));
}

bool IsOnDemand(const StreamSnapshot& stream) {
  return stream.config().mode == StreamMode::kOnDemand;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> StreamTable::Find(
    std::string_view stream_name) const {
  {
    MutexLock lock(mutex_);
    const auto found = by_name_.find(stream_name);
    if (found != by_name_.end()) return found->second.snapshot;
  }
  return MakeError(ErrorReason::kStreamNotFound,
                   absl::StrCat("stream ", Excerpt(stream_name), " does not exist"));
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> StreamTable::Find(StreamId id) const {
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return found->second;
  }
  return NoStreamWithId(id);
}

std::optional<StoredStreamEntry> StreamTable::Get(std::string_view stream_name) const {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(stream_name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<StoredStreamEntry> StreamTable::Get(StreamId id) const {
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return by_name_.find(found->second->config().name)->second;
  }
  return NoStreamWithId(id);
}

std::vector<std::shared_ptr<const StreamSnapshot>> StreamTable::ListAfter(std::string_view after,
                                                                          size_t limit) const {
  std::vector<std::shared_ptr<const StreamSnapshot>> streams;
  MutexLock lock(mutex_);
  for (auto it = by_name_.upper_bound(after); it != by_name_.end() && streams.size() < limit;
       ++it) {
    streams.push_back(it->second.snapshot);
  }
  return streams;
}

size_t StreamTable::stream_count() const {
  MutexLock lock(mutex_);
  return by_name_.size();
}

size_t StreamTable::shard_count() const {
  MutexLock lock(mutex_);
  return shard_count_;
}

size_t StreamTable::open_shard_count() const {
  MutexLock lock(mutex_);
  return open_shard_count_;
}

size_t StreamTable::on_demand_stream_count() const {
  MutexLock lock(mutex_);
  return on_demand_stream_count_;
}

void StreamTable::Publish(StoredStreamEntry entry) {
  const StreamId id = entry.snapshot->config().id;
  std::vector<SnapshotWaits::ReadyCallback> ready;
  {
    MutexLock lock(mutex_);
    const auto found = by_name_.find(entry.snapshot->config().name);
    if (found != by_name_.end()) RemoveLocked(found->second.snapshot->config().id);
    shard_count_ += entry.snapshot->shards().size();
    open_shard_count_ += entry.snapshot->open_shard_count();
    if (IsOnDemand(*entry.snapshot)) ++on_demand_stream_count_;
    by_id_[id] = entry.snapshot;
    std::string name = entry.snapshot->config().name;
    by_name_.emplace(std::move(name), std::move(entry));
    ready = waits_.Take(id);
  }
  SnapshotWaits::CallAll(std::move(ready));
}

void StreamTable::Remove(StreamId id) {
  std::vector<SnapshotWaits::ReadyCallback> ready;
  {
    MutexLock lock(mutex_);
    RemoveLocked(id);
    ready = waits_.Take(id);
  }
  SnapshotWaits::CallAll(std::move(ready));
}

StreamDirectory::WaitId StreamTable::WaitForNewer(const StreamSnapshot& seen,
                                                  absl::AnyInvocable<void() &&> ready) const {
  {
    MutexLock lock(mutex_);
    const auto found = by_id_.find(seen.config().id);
    if (found != by_id_.end() && found->second.get() == &seen)
      return waits_.Add(seen.config().id, std::move(ready));
  }
  std::move(ready)();
  return 0;
}

bool StreamTable::CancelWait(StreamId id, WaitId wait) const {
  MutexLock lock(mutex_);
  return waits_.Cancel(id, wait);
}

void StreamTable::RemoveLocked(StreamId id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const std::shared_ptr<const StreamSnapshot> snapshot = found->second;
  shard_count_ -= snapshot->shards().size();
  open_shard_count_ -= snapshot->open_shard_count();
  if (IsOnDemand(*snapshot)) --on_demand_stream_count_;
  by_id_.erase(found);
  by_name_.erase(snapshot->config().name);
}

}  // namespace penstock::broker
