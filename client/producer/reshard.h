// QueueSet: the queues of a producer, one for each open shard, and what becomes of them when the
// shards change.
//
//                 shard 0 is split into 1 and 2
//
//   queue of 0 ──closed──> asks what is stored ──settled──> its rest, by hash key:  rest of 0 in 1 ─┐
//                                                                                   rest of 0 in 2 ─┤
//   queue of 1  ......... takes records, sends nothing ......................... blocked by both ──┴─> sends
//   queue of 2
//
// A queue of a new shard is blocked by every queue whose shard is gone and had some of its hash keys;
// so what was put before the reshard is stored before what was put after it. What is left of a
// queue, when it is known what of it is stored, goes to queues of its own, which take its place as
// blockers. A reshard upon a reshard works alike: a queue that is blocked keeps what it has until it
// is not, and then what is left of it moves on.
//
// Not thread-safe: the producer's thread's.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "client/producer/aggregate.h"
#include "client/producer/batch.h"
#include "client/producer/collect.h"
#include "client/producer/transport.h"
#include "common/codec.h"

namespace penstock::producer {

class QueueSet {
 public:
  struct Options {
    BatchLimits limits;
    Codec codec = Codec::kNone;
    int window = 0;
    bool fail_if_throttled = false;
    uint32_t rate_limit = 100;
    Backoff::Delays delays;
    uint64_t seed = 0;
  };
  QueueSet(const Options& options, Aggregator& aggregator);

  // Null if it is not there, or not any more.
  ShardQueue* Find(QueueId id);

  // Takes a map in, unless it is older than the one at hand; one of the same shards for the limits
  // in it. Batches to be sealed and pushed.
  std::vector<ClosedBatch> Install(const ShardMapPtr& map);

  // To be called after a queue has changed: moves what is left of one that is settled, and lets go
  // of one that is done. True if it is gone.
  bool Advance(QueueId id);

  // A queue's shard is closed, and the map at hand does not show it.
  bool WaitsForMap() const;

  // Queues that have changed by others' doing, and have to be looked at.
  std::vector<QueueId> TakeChanged() { return std::exchange(changed_, {}); }

  const ShardMapPtr& map() const { return map_; }
  const absl::flat_hash_map<QueueId, std::unique_ptr<ShardQueue>>& queues() const {
    return queues_;
  }

 private:
  // Beside the queue: what it blocks, and what it is for.
  struct Links {
    std::vector<QueueId> blocks;
    // Holds what is left of a queue, and goes when it is empty.
    bool is_rest = false;
    // Pushed by Advance, of a rest.
    uint64_t batches = 0;
  };

  RateLimiter LimiterOf(const ShardMap& map) const;
  void Adapt(const ShardMapPtr& map);
  ShardQueue& Make(const MappedShard& shard, bool is_rest);
  void Block(QueueId blocker, ShardQueue& blocked);
  // Queues of what is left of `from`, which are at most one a shard.
  std::vector<QueueId> Move(ShardQueue& from);
  void Remove(QueueId id, const std::vector<QueueId>& instead);

  const Options options_;
  Aggregator& aggregator_;
  std::mt19937_64 random_;
  QueueId last_id_ = 0;
  ShardMapPtr map_;
  absl::flat_hash_map<QueueId, std::unique_ptr<ShardQueue>> queues_;
  absl::flat_hash_map<QueueId, Links> links_;
  // The queues of the map's shards, which new records go to.
  absl::flat_hash_map<ShardKey, QueueId> current_;
  std::vector<QueueId> changed_;
};

}  // namespace penstock::producer
