// Store: the ShardLog on this machine's disk.
//
// A data directory (data_directory.h) holds one or more lanes (lane.h); a shard belongs to one lane
// for good. The store finds the lane and passes the call on. Thread-safe between Open and Close.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/clock.h"
#include "storage/data_directory.h"
#include "storage/lane_options.h"
#include "storage/lane_stats.h"
#include "storage/shard_log.h"

namespace penstock::storage {

class Lane;

class Store final : public ShardLog {
 public:
  // Opens the lanes of `directory`, which must outlive the store, and recovers their shards.
  // FAILED_PRECONDITION or DATA_LOSS naming the lane's path and what was found; UNAVAILABLE
  // (STORAGE_FAILED) on an I/O error.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const DataDirectory& directory,
                                                     const LaneOptions& options);
  ~Store() override;

  // Refuses new appends, completes those under way, syncs, flushes and closes. Waits still open are
  // called. Idempotent; the destructor does it too, without telling errors.
  absl::Status Close();

  // OK, or why storage has stopped taking records.
  absl::Status Health() const;
  // Of each lane, in order.
  std::vector<LaneStats> Stats() const;

  void CreateShard(const ShardKey& shard, NewShard spec, StatusCallback done) override;
  void DeleteShard(const ShardKey& shard, StatusCallback done) override;
  void Seal(const ShardKey& shard, SealCallback done) override;
  void Append(const ShardKey& shard, RecordBatch batch, AppendConditions conditions,
              AppendCallback done) override;
  absl::StatusOr<ReadResult> Read(const ShardKey& shard, SequenceNumber from,
                                  const ReadLimits& limits) override;
  absl::StatusOr<ShardBounds> Bounds(const ShardKey& shard) override;
  absl::StatusOr<SequenceNumber> FindByTime(const ShardKey& shard, int64_t timestamp_ms) override;
  void Trim(const ShardKey& shard, SequenceNumber first, StatusCallback done) override;
  WaitId WaitForRecords(const ShardKey& shard, SequenceNumber end_seen,
                        absl::AnyInvocable<void() &&> ready) override;
  bool CancelWait(const ShardKey& shard, WaitId wait) override;

 private:
  explicit Store(std::vector<std::unique_ptr<Lane>> lanes);
  Lane& LaneOf(const ShardKey& shard) const;

  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace penstock::storage
