// SplitShard, MergeShards and UpdateShardCount: what callers ask for, the rules on it, and the plan
// it comes to. Pure functions; every door calls them.
//
// Errors of all three, in this order: INVALID_ARGUMENT naming the field; FAILED_PRECONDITION:
// STREAM_NOT_ACTIVE, WRONG_STREAM_MODE (an on-demand stream is split by the broker); then those of
// the shards named: NOT_FOUND (SHARD_NOT_FOUND), INVALID_ARGUMENT.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "broker/stream/reshard_plan.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/stream_snapshot.h"

namespace penstock::broker {

struct SplitShardSpec {
  std::string stream_name;
  std::string shard_to_split;
  // Decimal.
  std::string new_starting_hash_key;
};

struct MergeShardsSpec {
  std::string stream_name;
  std::string shard_to_merge;
  std::string adjacent_shard_to_merge;
};

struct UpdateShardCountSpec {
  std::string stream_name;
  uint32_t target_shard_count = 0;
};

// The key must be greater than one plus the shard's first and less than its last, as in Kinesis.
absl::StatusOr<ReshardPlan> PlanSplitShard(const StreamSnapshot& stream,
                                           const SplitShardSpec& spec);

absl::StatusOr<ReshardPlan> PlanMergeShards(const StreamSnapshot& stream,
                                            const MergeShardsSpec& spec);

// A plan without children where the stream has those shards already. Under the Kinesis limits also
// RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): more than twice or less than half the open shards, or more
// than kShardCountChangesMax changes in 24 hours.
absl::StatusOr<ReshardPlan> PlanUpdateShardCount(const StreamSnapshot& stream,
                                                 const UpdateShardCountSpec& spec, int64_t now_ms);

// How many shards `plan` and the switches after it open, closed ones again included: what a node
// must have room for.
uint64_t ShardsOpenedBy(const StreamSnapshot& stream, const ReshardPlan& plan);

// `stream` in UPDATING with the plan, which has children.
std::shared_ptr<const StreamSnapshot> BeginReshard(const StreamSnapshot& stream, ReshardPlan plan,
                                                   int64_t now_ms);

}  // namespace penstock::broker
