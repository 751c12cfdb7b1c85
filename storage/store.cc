#include "storage/store.h"

#include <utility>

#include "common/status_macros.h"
#include "storage/lane.h"

namespace penstock::storage {

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const DataDirectory& directory,
                                                   const LaneOptions& options) {
  std::vector<std::unique_ptr<Lane>> lanes;
  for (uint32_t i = 0; i < directory.lanes(); ++i) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<Lane> lane,
        Lane::Open(directory.lane_path(i), /*may_create=*/!directory.initialized(), options));
    lanes.push_back(std::move(lane));
  }
  return std::unique_ptr<Store>(new Store(std::move(lanes)));
}

Store::Store(std::vector<std::unique_ptr<Lane>> lanes) : lanes_(std::move(lanes)) {}

Store::~Store() {
  Close().IgnoreError();
}

Lane& Store::LaneOf(const ShardKey& shard) const {
  // Stored: it must never change. The shards of one stream, and the first shards of many, spread
  // evenly.
  return *lanes_[(shard.stream.value() + shard.shard.value()) % lanes_.size()];
}

absl::Status Store::Close() {
  absl::Status first_error;
  for (const std::unique_ptr<Lane>& lane : lanes_) first_error.Update(lane->Close());
  return first_error;
}

absl::Status Store::Health() const {
  for (const std::unique_ptr<Lane>& lane : lanes_) RETURN_IF_ERROR(lane->Health());
  return absl::OkStatus();
}

std::vector<LaneStats> Store::Stats() const {
  std::vector<LaneStats> stats;
  stats.reserve(lanes_.size());
  for (const std::unique_ptr<Lane>& lane : lanes_) stats.push_back(lane->Stats());
  return stats;
}

void Store::CreateShard(const ShardKey& shard, NewShard spec, StatusCallback done) {
  Lane& lane = LaneOf(shard);
  ProducerTable producers;
  // One that is there is left as it is, also when its parents are gone.
  if (!lane.Bounds(shard).ok()) {
    // They may lie on other lanes; they are sealed, so that nothing is missed.
    for (const ShardKey& parent : spec.parents) {
      absl::Status inherited = LaneOf(parent).Inherit(parent, spec.first, &producers);
      if (!inherited.ok()) return std::move(done)(std::move(inherited));
    }
  }
  lane.CreateShard(shard, spec.first, std::move(producers), std::move(done));
}

void Store::DeleteShard(const ShardKey& shard, StatusCallback done) {
  LaneOf(shard).DeleteShard(shard, std::move(done));
}

void Store::Seal(const ShardKey& shard, SealCallback done) {
  LaneOf(shard).Seal(shard, std::move(done));
}

void Store::Append(const ShardKey& shard, RecordBatch batch, AppendConditions conditions,
                   AppendCallback done) {
  LaneOf(shard).Append(shard, std::move(batch), conditions, std::move(done));
}

absl::StatusOr<ReadResult> Store::Read(const ShardKey& shard, SequenceNumber from,
                                       const ReadLimits& limits) {
  return LaneOf(shard).Read(shard, from, limits);
}

absl::StatusOr<ShardBounds> Store::Bounds(const ShardKey& shard) {
  return LaneOf(shard).Bounds(shard);
}

absl::StatusOr<SequenceNumber> Store::FindByTime(const ShardKey& shard, int64_t timestamp_ms) {
  return LaneOf(shard).FindByTime(shard, timestamp_ms);
}

void Store::Trim(const ShardKey& shard, SequenceNumber first, StatusCallback done) {
  LaneOf(shard).Trim(shard, first, std::move(done));
}

WaitId Store::WaitForRecords(const ShardKey& shard, SequenceNumber end_seen,
                             absl::AnyInvocable<void() &&> ready) {
  return LaneOf(shard).WaitForRecords(shard, end_seen, std::move(ready));
}

bool Store::CancelWait(const ShardKey& shard, WaitId wait) {
  return LaneOf(shard).CancelWait(shard, wait);
}

}  // namespace penstock::storage
