// Reshard plans: which shards are closed and which are opened in their place. Pure functions.
//
// All resharding is made of splits (one shard becomes two) and merges (two neighbours become one),
// as in Kinesis, so that no shard has more than two parents. A *switch* makes many of them at once;
// a change of the shard count is a row of switches, each of which takes every shard that it can:
//
//   target            |        |        |        |     3 shards of equal size
//   4 shards          |  0  |   1  |   2  |   3  |
//   switch 1: splits  |  0  | 4 | 5 | 6 | 7 |  3  |     1 and 2 lie across a target's border
//   switch 2: merges  |    8    |   9   |   10    |     0+4, 5+6, 7+3
//
// Doubling and halving are one switch. A shard that lies across several borders is split at the
// middle one, so that the switches are as many as the logarithm of the change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/stream/stream_config.h"
#include "broker/stream/stream_snapshot.h"
#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::broker {

struct ShardSplit {
  ShardIndex shard;
  // The first hash key of the upper child; above the shard's first, at most its last.
  HashKey new_starting_hash_key;
};

// The two in the order in which the child names them as its parents.
using ShardMerge = std::pair<ShardIndex, ShardIndex>;

// One switch of splits and merges. INVALID_ARGUMENT naming the shard and why where one is closed,
// named twice, not to be split there, or not next to the other; NOT_FOUND (SHARD_NOT_FOUND).
absl::StatusOr<ReshardPlan> PlanSwitch(const StreamSnapshot& stream,
                                       const std::vector<ShardSplit>& splits,
                                       const std::vector<ShardMerge>& merges);

// The next switch on the way to `target` shards of equal size; nothing where the stream has them.
std::optional<ReshardPlan> PlanShardCount(const StreamSnapshot& stream, uint32_t target);

// Where each parent of a switch ended: the number that its next record would have got.
using ParentEnds = std::map<ShardIndex, SequenceNumber>;

// The first number of a child: above every number of its parents, the ones that mark their ends
// included. CHECKs that all parents are in `ends`.
SequenceNumber FirstNumberOf(const PlannedShard& child, const ParentEnds& ends);

// The stream after its switch (config().reshard, which must be there): parents closed, children
// open, status ACTIVE and no plan. Parents end with the number of `ends`, which no record has, so
// that it lies above all of theirs and is not below their first number even where they were empty.
std::shared_ptr<const StreamSnapshot> ApplySwitch(const StreamSnapshot& stream,
                                                  const ParentEnds& ends, int64_t now_ms);

}  // namespace penstock::broker
