#include "tests/support/fake_stream_directory.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"
#include "common/limits.h"
#include "tests/support/storage_calls.h"

namespace penstock::testing {

using SnapshotOr = absl::StatusOr<std::shared_ptr<const broker::StreamSnapshot>>;

broker::StreamConfig ActiveStream(uint64_t id, std::string_view name) {
  broker::StreamConfig config;
  config.id = StreamId(id);
  config.name = std::string(name);
  config.status = broker::StreamStatus::kActive;
  config.next_shard_index = ShardIndex(kShardsPerStreamMax);
  config.max_record_size_in_kib = kRecordKibDefault;
  return config;
}

std::vector<broker::ShardInfo> OpenShards(uint32_t shard_count) {
  std::vector<broker::ShardInfo> shards;
  for (const HashKeyRange& range : UniformRanges(shard_count)) {
    broker::ShardInfo shard;
    shard.index = ShardIndex(static_cast<uint32_t>(shards.size()));
    shard.hash_keys = range;
    shards.push_back(std::move(shard));
  }
  return shards;
}

void FakeStreamDirectory::Set(broker::StreamConfig config, std::vector<broker::ShardInfo> shards,
                              storage::ShardLog& log) {
  const auto snapshot =
      std::make_shared<const broker::StreamSnapshot>(std::move(config), std::move(shards));
  for (const broker::ShardInfo& shard : snapshot->shards())
    CHECK(CreateShard(log, snapshot->KeyOf(shard), {shard.starting_sequence_number}).ok());
  Publish(snapshot);
}

void FakeStreamDirectory::Publish(std::shared_ptr<const broker::StreamSnapshot> snapshot) {
  std::vector<broker::SnapshotWaits::ReadyCallback> ready;
  {
    MutexLock lock(mutex_);
    ready = waits_.Take(snapshot->config().id);
    const std::string name = snapshot->config().name;
    streams_[name] = std::move(snapshot);
  }
  broker::SnapshotWaits::CallAll(std::move(ready));
}

void FakeStreamDirectory::Remove(std::string_view stream_name) {
  std::vector<broker::SnapshotWaits::ReadyCallback> ready;
  {
    MutexLock lock(mutex_);
    const auto found = streams_.find(stream_name);
    if (found == streams_.end()) return;
    ready = waits_.Take(found->second->config().id);
    streams_.erase(found);
  }
  broker::SnapshotWaits::CallAll(std::move(ready));
}

broker::StreamDirectory::WaitId FakeStreamDirectory::WaitForNewer(
    const broker::StreamSnapshot& seen, absl::AnyInvocable<void() &&> ready) const {
  {
    MutexLock lock(mutex_);
    const auto found = streams_.find(seen.config().name);
    if (found != streams_.end() && found->second.get() == &seen)
      return waits_.Add(seen.config().id, std::move(ready));
  }
  std::move(ready)();
  return 0;
}

bool FakeStreamDirectory::CancelWait(StreamId id, WaitId wait) const {
  MutexLock lock(mutex_);
  return waits_.Cancel(id, wait);
}

SnapshotOr FakeStreamDirectory::Find(std::string_view stream_name) const {
  MutexLock lock(mutex_);
  const auto found = streams_.find(stream_name);
  if (found != streams_.end()) return found->second;
  return MakeError(ErrorReason::kStreamNotFound,
                   absl::StrCat("stream '", Excerpt(stream_name), "' not found"));
}

SnapshotOr FakeStreamDirectory::Find(StreamId id) const {
  MutexLock lock(mutex_);
  for (const auto& [name, snapshot] : streams_) {
    if (snapshot->config().id == id) return snapshot;
  }
  return MakeError(ErrorReason::kStreamNotFound,
                   absl::StrCat("stream with id ", id.value(), " not found"));
}

}  // namespace penstock::testing
