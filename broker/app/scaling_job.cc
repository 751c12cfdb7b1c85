#include "broker/app/scaling_job.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "common/log.h"

namespace penstock::broker {
namespace {

absl::StatusOr<ReshardPlan> PlanOf(const ScalingDecision& decision, const StreamSnapshot& stream) {
  std::vector<ShardSplit> splits;
  splits.reserve(decision.splits.size());
  for (const SplitAction& split : decision.splits) splits.push_back({split.shard, split.at});
  std::vector<ShardMerge> merges;
  merges.reserve(decision.merges.size());
  for (const MergeAction& merge : decision.merges) merges.emplace_back(merge.lower, merge.upper);
  return PlanSwitch(stream, splits, merges);
}

}  // namespace

ScalingJob::ScalingJob(ScalingJobOptions options)
    : options_(std::move(options)),
      timer_(options_.executor, options_.interval_ms, [this] { EvaluateAll(); }) {}

void ScalingJob::EvaluateAll() {
  std::set<StreamId> seen;
  for (const auto& stream :
       options_.catalog.table().ListAfter("", std::numeric_limits<size_t>::max())) {
    if (stream->config().mode == StreamMode::kOnDemand) {
      seen.insert(stream->config().id);
      Evaluate(*stream);
    }
  }
  for (const StreamId gone : known_) {
    if (!seen.contains(gone)) options_.scalers.Forget(gone, options_.clock.MonotonicMs());
  }
  known_ = std::move(seen);
}

void ScalingJob::Evaluate(const StreamSnapshot& stream) {
  const auto shards = static_cast<uint32_t>(options_.catalog.table().shard_count());
  ScalingRoom room;
  room.new_shards_max = options_.shards_max - std::min(shards, options_.shards_max);
  const ScalingDecision decision =
      options_.scalers.Evaluate(stream, room, options_.clock.MonotonicMs());
  if (!decision.changes()) return;
  const std::string name = stream.config().name;
  LogInfo("stream scaled by its load", {{"stream", name},
                                        {"splits", absl::StrCat(decision.splits.size())},
                                        {"merges", absl::StrCat(decision.merges.size())}});
  options_.catalog.Reshard(
      name, [decision](const StreamSnapshot& now) { return PlanOf(decision, now); },
      [name](const absl::Status& begun) {
        if (begun.ok()) return;
        LogWarning("stream could not be scaled, looking at it again later",
                   {{"stream", name}, {"error", std::string(begun.message())}});
      });
}

}  // namespace penstock::broker
