#include "broker/stream/reshard_task.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/status_join.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Whether `stream` still has this switch before it.
bool IsUnderWay(const StreamSnapshot& stream, const ReshardPlan& plan) {
  const std::optional<ReshardPlan>& now = stream.config().reshard;
  return now.has_value() && now->children.front().index == plan.children.front().index;
}

}  // namespace

void ReshardTask::Step(StepCallback done) {
  switch (phase_) {
    case Phase::kSeal:
      return SealParents(std::move(done));
    case Phase::kCreate:
      return CreateChildren(std::move(done));
    case Phase::kStore:
      return std::move(done)(Store());
  }
}

void ReshardTask::SetEnd(ShardIndex parent, SequenceNumber end) {
  MutexLock lock(mutex_);
  ends_[parent] = end;
}

ParentEnds ReshardTask::ends() const {
  MutexLock lock(mutex_);
  return ends_;
}

void ReshardTask::SealParents(StepCallback done) {
  std::set<ShardIndex> parents;
  for (const PlannedShard& child : plan().children) {
    parents.insert(child.parents.begin(), child.parents.end());
  }
  const auto join =
      StatusJoin::Make([this, done = std::move(done)](const absl::Status& status) mutable {
        if (!status.ok()) return std::move(done)(status);
        phase_ = Phase::kCreate;
        std::move(done)(true);
      });
  for (const ShardIndex parent : parents) {
    context_.log.Seal({stream_->config().id, parent},
                      [this, join, parent](absl::StatusOr<storage::ShardBounds> bounds) {
                        if (bounds.ok()) SetEnd(parent, bounds->end);
                        join->Note(bounds.status());
                      });
  }
}

void ReshardTask::CreateChildren(StepCallback done) {
  const ParentEnds parent_ends = ends();
  const auto join =
      StatusJoin::Make([this, done = std::move(done)](const absl::Status& status) mutable {
        if (!status.ok()) return std::move(done)(status);
        phase_ = Phase::kStore;
        std::move(done)(true);
      });
  for (const PlannedShard& child : plan().children) {
    storage::NewShard shard;
    shard.first = FirstNumberOf(child, parent_ends);
    for (const ShardIndex parent : child.parents) {
      shard.parents.push_back({stream_->config().id, parent});
    }
    context_.log.CreateShard({stream_->config().id, child.index}, std::move(shard),
                             StatusJoin::Arrival(join));
  }
}

absl::StatusOr<bool> ReshardTask::Store() {
  const ParentEnds parent_ends = ends();
  const auto apply =
      [&](const StreamEditor::Snapshot& now) -> absl::StatusOr<StreamEditor::Snapshot> {
    if (!IsUnderWay(*now, plan())) return now;
    const uint32_t target = plan().target_shard_count;
    StreamEditor::Snapshot switched = ApplySwitch(*now, parent_ends, context_.clock.NowMs());
    if (target == 0) return switched;
    std::optional<ReshardPlan> next = PlanShardCount(*switched, target);
    if (!next) return switched;
    next->begun_timestamp_ms = plan().begun_timestamp_ms;
    StreamConfig config = switched->config();
    config.status = StreamStatus::kUpdating;
    config.reshard = *std::move(next);
    return std::make_shared<const StreamSnapshot>(std::move(config), switched->shards());
  };
  ASSIGN_OR_RETURN(StreamEditor::Snapshot after, context_.editor.Edit(stream_->config().id, apply));
  LogInfo("stream resharded", {{"stream", after->config().name},
                               {"stream_id", absl::StrCat(after->config().id.value())},
                               {"closed", absl::StrCat(parent_ends.size())},
                               {"opened", absl::StrCat(plan().children.size())},
                               {"open", absl::StrCat(after->open_shard_count())}});
  const bool more = after->config().reshard.has_value();
  if (more) {
    stream_ = std::move(after);
    phase_ = Phase::kSeal;
    MutexLock lock(mutex_);
    ends_.clear();
  }
  return more;
}

}  // namespace penstock::broker
