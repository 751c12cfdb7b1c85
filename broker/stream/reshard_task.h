// ReshardTask: carries out the reshard that is stored with a stream, switch by switch.
//
//   stored: UPDATING with a plan ─▶ Seal all parents ─▶ CreateShard all children ─▶ store: parents
//        ▲                              │                                           closed, children
//        │                              └ puts meet SHARD_CLOSED and wait ────┐     open, next plan
//        └── next switch, if the count is not reached ◀── publish ◀───────────┼──────────┘
//                                                            └─ they go on, to the children
//
// A child begins above all its parents' numbers, so that the numbers of one partition key rise
// across the switch; it inherits what its parents know of idempotent producers.
//
// After a crash the plan is carried out from the start: sealing a sealed shard gives its bounds
// again, and a child that is there stays as it is. There is no way back from a sealed parent, and
// none is needed: every step succeeds sooner or later, or the node's disk has failed.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "broker/stream/reshard_plan.h"
#include "broker/stream/stream_task.h"
#include "common/mutex.h"

namespace penstock::broker {

class ReshardTask final : public StreamTask {
 public:
  ReshardTask(const StreamTaskContext& context, std::shared_ptr<const StreamSnapshot> stream)
      : context_(context), stream_(std::move(stream)) {}

  // A third of a switch: a step's own work may block on the metadata store, which the log's threads,
  // who tell of seals and creations, must not.
  void Step(StepCallback done) override;
  std::string_view name() const override { return "reshard"; }

 private:
  enum class Phase { kSeal, kCreate, kStore };

  const ReshardPlan& plan() const { return *stream_->config().reshard; }
  void SealParents(StepCallback done);
  void CreateChildren(StepCallback done);
  // True if another switch is to follow.
  absl::StatusOr<bool> Store();
  void SetEnd(ShardIndex parent, SequenceNumber end) ABSL_LOCKS_EXCLUDED(mutex_);
  ParentEnds ends() const ABSL_LOCKS_EXCLUDED(mutex_);

  const StreamTaskContext context_;
  // Before the switch.
  std::shared_ptr<const StreamSnapshot> stream_;
  Phase phase_ = Phase::kSeal;
  // Held alone: seals are answered on the threads of several lanes.
  mutable Mutex mutex_;
  ParentEnds ends_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
