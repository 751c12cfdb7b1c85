// StreamTable: the streams as this node knows them, by name and by id. The StreamDirectory that the
// data plane looks in.
//
// Holds immutable snapshots; a change publishes a new one. Lookups take a mutex for as long as it
// takes to find and copy a pointer. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "broker/stream/snapshot_waits.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/stream/stream_store.h"
#include "common/mutex.h"

namespace penstock::broker {

class StreamTable final : public StreamDirectory {
 public:
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(
      std::string_view stream_name) const override;
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(StreamId id) const override;
  WaitId WaitForNewer(const StreamSnapshot& seen,
                      absl::AnyInvocable<void() &&> ready) const override;
  bool CancelWait(StreamId id, WaitId wait) const override;

  // With the revision it is stored at, for a change.
  std::optional<StoredStreamEntry> Get(std::string_view stream_name) const;
  // NOT_FOUND (STREAM_NOT_FOUND).
  absl::StatusOr<StoredStreamEntry> Get(StreamId id) const;

  // Up to `limit` streams whose names come after `after`, in order of name.
  std::vector<std::shared_ptr<const StreamSnapshot>> ListAfter(std::string_view after,
                                                               size_t limit) const;

  size_t stream_count() const;
  // Of all streams, closed shards too: what memory is paid for.
  size_t shard_count() const;
  size_t open_shard_count() const;
  size_t on_demand_stream_count() const;

  // Adds the stream, or puts it in the place of the one with its name.
  void Publish(StoredStreamEntry entry);
  // Nothing if there is no such stream.
  void Remove(StreamId id);

 private:
  void RemoveLocked(StreamId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Held alone; not while a wait is called.
  mutable Mutex mutex_;
  std::map<std::string, StoredStreamEntry, std::less<>> by_name_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<StreamId, std::shared_ptr<const StreamSnapshot>> by_id_
      ABSL_GUARDED_BY(mutex_);
  // Kept by Publish and RemoveLocked, so that asking does not go through all streams.
  size_t shard_count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t open_shard_count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t on_demand_stream_count_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable SnapshotWaits waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
