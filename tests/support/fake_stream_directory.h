// FakeStreamDirectory: streams that a test says are there.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/stream/snapshot_waits.h"
#include "broker/stream/stream_snapshot.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::testing {

// A stream of `shard_count` open shards of equal ranges, 1024 KiB a record.
broker::StreamConfig ActiveStream(uint64_t id, std::string_view name);
std::vector<broker::ShardInfo> OpenShards(uint32_t shard_count);

class FakeStreamDirectory final : public broker::StreamDirectory {
 public:
  // Replaces what had the name, and creates the shards in `log`.
  void Set(broker::StreamConfig config, std::vector<broker::ShardInfo> shards,
           storage::ShardLog& log);
  // The same with shards that are there already, as a reshard does.
  void Publish(std::shared_ptr<const broker::StreamSnapshot> snapshot);
  void Remove(std::string_view stream_name);

  absl::StatusOr<std::shared_ptr<const broker::StreamSnapshot>> Find(
      std::string_view stream_name) const override;
  absl::StatusOr<std::shared_ptr<const broker::StreamSnapshot>> Find(StreamId id) const override;
  WaitId WaitForNewer(const broker::StreamSnapshot& seen,
                      absl::AnyInvocable<void() &&> ready) const override;
  bool CancelWait(StreamId id, WaitId wait) const override;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<const broker::StreamSnapshot>, std::less<>> streams_
      ABSL_GUARDED_BY(mutex_);
  mutable broker::SnapshotWaits waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::testing
