// StreamSnapshot: a stream as it is at one moment, immutable, for routing and describing.
//
// The data plane asks a StreamDirectory for the snapshot of a name and works on it; a reshard
// publishes a new one and the old one goes when its last user lets go. Thread-safe, as nothing in
// it changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::broker {

// Values are those of penstock.v1.StreamStatus, and stored.
enum class StreamStatus { kCreating = 1, kActive = 2, kUpdating = 3, kDeleting = 4 };

// "CREATING", "ACTIVE", "UPDATING", "DELETING".
std::string_view StreamStatusName(StreamStatus status);

struct ShardInfo {
  ShardIndex index;
  HashKeyRange hash_keys;
  SequenceNumber starting_sequence_number = kFirstSequenceNumber;
  // The last number of a closed shard; absent while it is open.
  std::optional<SequenceNumber> ending_sequence_number;
  // None for the shards a stream was created with, one after a split, two after a merge.
  std::vector<ShardIndex> parents;

  bool open() const { return !ending_sequence_number.has_value(); }
};

struct StreamConfig {
  StreamId id;
  std::string name;
  StreamStatus status = StreamStatus::kCreating;
  int64_t creation_timestamp_ms = 0;
  uint32_t retention_period_hours = 0;
  uint32_t max_record_size_in_kib = 0;
};

class StreamSnapshot {
 public:
  // `shards` in order of index. The open ones must tile all hash keys (CHECKed).
  StreamSnapshot(StreamConfig config, std::vector<ShardInfo> shards);

  const StreamConfig& config() const { return config_; }
  const std::vector<ShardInfo>& shards() const { return shards_; }
  size_t open_shard_count() const { return open_by_range_.size(); }
  // Records are taken and given in these states (kActive and kUpdating).
  bool serving() const;

  // The open shard that owns `key`.
  const ShardInfo& Route(HashKey key) const;
  // Null if the stream has no such shard.
  const ShardInfo* FindShard(ShardIndex index) const;
  ShardKey KeyOf(const ShardInfo& shard) const { return {config_.id, shard.index}; }

 private:
  StreamConfig config_;
  std::vector<ShardInfo> shards_;
  // Positions in shards_ of the open shards, by first hash key.
  std::vector<uint32_t> open_by_range_;
};

// What the data plane sees of the control plane.
class StreamDirectory {
 public:
  virtual ~StreamDirectory() = default;

  // NOT_FOUND (STREAM_NOT_FOUND) naming the stream. Also gives streams that are being created or
  // deleted: ask serving().
  virtual absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(
      std::string_view stream_name) const = 0;
  // By id, for iterators, which outlive a name.
  virtual absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(StreamId id) const = 0;
};

}  // namespace penstock::broker
