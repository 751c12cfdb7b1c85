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

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

#include "broker/stream/stream_config.h"
#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::broker {

struct ShardInfo {
  ShardIndex index;
  HashKeyRange hash_keys;
  SequenceNumber starting_sequence_number = kFirstSequenceNumber;
  // Of a closed shard: above the numbers of all its records, below those of its children; no record
  // has it. Absent while the shard is open.
  std::optional<SequenceNumber> ending_sequence_number;
  // None for the shards a stream was created with, one after a split, two after a merge.
  std::vector<ShardIndex> parents;
  int64_t creation_timestamp_ms = 0;
  // Absent while it is open.
  std::optional<int64_t> closed_timestamp_ms;

  bool open() const { return !ending_sequence_number.has_value(); }
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
  // The shards that have `parent` as a parent, in order of index; none while it is open.
  std::vector<const ShardInfo*> ChildrenOf(ShardIndex parent) const;
  // Null if the stream has no such consumer.
  const ConsumerInfo* FindConsumer(std::string_view consumer_name) const;
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

  // Identifies a wait; 0 is none.
  using WaitId = uint64_t;
  // Calls `ready` once, when there is another snapshot of the stream than `seen`, or none: at once,
  // on the calling thread, if that is so already (0 is returned); later on the thread that
  // publishes, which it must not hold up. Whoever waits bounds the time, and cancels.
  virtual WaitId WaitForNewer(const StreamSnapshot& seen,
                              absl::AnyInvocable<void() &&> ready) const = 0;
  // True if the wait's `ready` was not called and now never will be.
  virtual bool CancelWait(StreamId id, WaitId wait) const = 0;
};

}  // namespace penstock::broker
