#include "broker/stream/reshard_requests.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/counted_changes.h"
#include "broker/stream/stream_requests.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status Invalid(std::string_view field, std::string_view what) {
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, std::string(field).append(" ").append(what)), field);
}

absl::StatusOr<ShardIndex> ShardOf(std::string_view field, std::string_view shard_id) {
  absl::StatusOr<ShardIndex> index = ParseShardId(shard_id);
  if (index.ok()) return index;
  return Invalid(field,
                 absl::StrCat("'", Excerpt(shard_id), "' is not \"shardId-\" and twelve digits"));
}

absl::Status CheckMayReshard(const StreamConfig& config) {
  if (config.status != StreamStatus::kActive) return NotActive(config);
  if (config.mode != StreamMode::kProvisioned) {
    return MakeError(ErrorReason::kWrongStreamMode,
                     absl::StrCat("stream ", config.name,
                                  " is ON_DEMAND: the broker splits and merges its shards"));
  }
  return absl::OkStatus();
}

// Kinesis API, UpdateShardCount.
absl::Status CheckKinesisLimits(const StreamSnapshot& stream, uint32_t target) {
  const auto open = static_cast<uint32_t>(stream.open_shard_count());
  const StreamConfig& config = stream.config();
  if (target > uint64_t{2} * open || uint64_t{2} * target < open) {
    return WithField(MakeError(ErrorReason::kLimitExceeded,
                               absl::StrCat("target_shard_count is ", target,
                                            "; with the Kinesis limits stream ", config.name,
                                            ", which has ", open, " open shards, can go to ",
                                            (open + 1) / 2, " to ", uint64_t{2} * open)),
                     "target_shard_count");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ReshardPlan> PlanSplitShard(const StreamSnapshot& stream,
                                           const SplitShardSpec& spec) {
  ASSIGN_OR_RETURN(const ShardIndex index, ShardOf("shard_to_split", spec.shard_to_split));
  const absl::StatusOr<HashKey> key = HashKey::FromDecimal(spec.new_starting_hash_key);
  if (!key.ok()) {
    return Invalid("new_starting_hash_key", absl::StrCat("'", Excerpt(spec.new_starting_hash_key),
                                                         "' is not a number of 0 to 2^128-1"));
  }
  RETURN_IF_ERROR(CheckMayReshard(stream.config()));
  const ShardInfo* const shard = stream.FindShard(index);
  if (shard != nullptr && shard->open()) {
    const HashKeyRange& range = shard->hash_keys;
    // One that is not above the first cannot be one more than it.
    const bool above = *key > range.first && key->value() - range.first.value() > 1;
    if (!above || *key >= range.last) {
      return Invalid(
          "new_starting_hash_key",
          absl::StrCat(spec.new_starting_hash_key, " used in SplitShard() on shard ",
                       spec.shard_to_split, " in stream ", stream.config().name,
                       " is not both greater than one plus the shard's starting hash key ",
                       range.first.ToDecimal(), " and less than the shard's ending hash key ",
                       range.last.ToDecimal()));
    }
  }
  absl::StatusOr<ReshardPlan> plan = PlanSwitch(stream, {{index, *key}}, {});
  if (plan.ok() || ReasonOf(plan.status()) != ErrorReason::kInvalidArgument) return plan;
  // The key was looked at above: it is the shard, which is closed.
  return WithField(plan.status(), "shard_to_split");
}

absl::StatusOr<ReshardPlan> PlanMergeShards(const StreamSnapshot& stream,
                                            const MergeShardsSpec& spec) {
  ASSIGN_OR_RETURN(const ShardIndex merged, ShardOf("shard_to_merge", spec.shard_to_merge));
  ASSIGN_OR_RETURN(const ShardIndex adjacent,
                   ShardOf("adjacent_shard_to_merge", spec.adjacent_shard_to_merge));
  RETURN_IF_ERROR(CheckMayReshard(stream.config()));
  return PlanSwitch(stream, {}, {{merged, adjacent}});
}

absl::StatusOr<ReshardPlan> PlanUpdateShardCount(const StreamSnapshot& stream,
                                                 const UpdateShardCountSpec& spec, int64_t now_ms) {
  const uint32_t target = spec.target_shard_count;
  if (target < 1 || target > kShardsPerStreamMax) {
    return Invalid("target_shard_count",
                   absl::StrCat("is ", target, ", not of 1 to ", kShardsPerStreamMax));
  }
  RETURN_IF_ERROR(CheckMayReshard(stream.config()));
  if (stream.config().limits.profile == StreamLimits::Profile::kKinesis) {
    RETURN_IF_ERROR(CheckKinesisLimits(stream, target));
  }
  // On a copy: BeginReshard notes it.
  StreamConfig counted = stream.config();
  RETURN_IF_ERROR(CountChange(CountedChange::kShardCount, now_ms, counted));
  ReshardPlan nothing_to_do;
  return PlanShardCount(stream, target).value_or(std::move(nothing_to_do));
}

uint64_t ShardsOpenedBy(const StreamSnapshot& stream, const ReshardPlan& plan) {
  uint64_t opened = plan.children.size();
  if (plan.target_shard_count == 0) return opened;
  std::shared_ptr<const StreamSnapshot> at = BeginReshard(stream, plan, 0);
  while (true) {
    ParentEnds ends;
    for (const PlannedShard& child : at->config().reshard->children) {
      for (const ShardIndex parent : child.parents) ends[parent] = kFirstSequenceNumber;
    }
    at = ApplySwitch(*at, ends, 0);
    std::optional<ReshardPlan> next = PlanShardCount(*at, plan.target_shard_count);
    if (!next) return opened;
    opened += next->children.size();
    at = BeginReshard(*at, *std::move(next), 0);
  }
}

std::shared_ptr<const StreamSnapshot> BeginReshard(const StreamSnapshot& stream, ReshardPlan plan,
                                                   int64_t now_ms) {
  StreamConfig config = stream.config();
  config.status = StreamStatus::kUpdating;
  if (plan.target_shard_count != 0) {
    // PlanUpdateShardCount has seen that it is not one too many.
    CountChange(CountedChange::kShardCount, now_ms, config).IgnoreError();
  }
  plan.begun_timestamp_ms = now_ms;
  config.reshard = std::move(plan);
  return std::make_shared<const StreamSnapshot>(std::move(config), stream.shards());
}

}  // namespace penstock::broker
