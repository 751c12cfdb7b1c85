// The reshard operations of StreamCatalog.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/stream/stream_catalog.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {

void StreamCatalog::SplitShard(SplitShardSpec spec, DoneCallback done) {
  std::string name = spec.stream_name;
  Reshard(
      std::move(name),
      [spec = std::move(spec)](const StreamSnapshot& stream) {
        return PlanSplitShard(stream, spec);
      },
      std::move(done));
}

void StreamCatalog::MergeShards(MergeShardsSpec spec, DoneCallback done) {
  std::string name = spec.stream_name;
  Reshard(
      std::move(name),
      [spec = std::move(spec)](const StreamSnapshot& stream) {
        return PlanMergeShards(stream, spec);
      },
      std::move(done));
}

void StreamCatalog::UpdateShardCount(UpdateShardCountSpec spec, CountCallback done) {
  auto before = std::make_shared<uint32_t>(0);
  std::string name = spec.stream_name;
  const ReshardPlanner planner = [this, before,
                                  spec = std::move(spec)](const StreamSnapshot& stream) {
    *before = static_cast<uint32_t>(stream.open_shard_count());
    return PlanUpdateShardCount(stream, spec, options_.clock.NowMs());
  };
  Reshard(std::move(name), planner, [before, done = std::move(done)](const absl::Status& status) {
    if (!status.ok()) return done(status);
    done(*before);
  });
}

void StreamCatalog::Reshard(std::string stream_name, ReshardPlanner planner, DoneCallback done) {
  RunChange([this, name = std::move(stream_name),
             planner = std::move(planner)] { return AdmitReshard(name, planner); },
            std::move(done));
}

absl::Status StreamCatalog::AdmitReshard(const std::string& stream_name,
                                         const ReshardPlanner& planner) {
  RETURN_IF_ERROR(CheckStreamName(stream_name));
  ASSIGN_OR_RETURN(const StreamEditor::Snapshot stream, table_.Find(stream_name));
  bool begun = false;
  const auto begin =
      [&](const StreamEditor::Snapshot& now) -> absl::StatusOr<StreamEditor::Snapshot> {
    begun = false;
    ASSIGN_OR_RETURN(ReshardPlan plan, planner(*now));
    // Also where the planner does not ask: there is one reshard at a time.
    if (now->config().status != StreamStatus::kActive) return NotActive(now->config());
    if (plan.children.empty()) return now;
    const uint64_t shards = table_.shard_count() + ShardsOpenedBy(*now, plan);
    if (shards > options_.shards_max) {
      return MakeError(
          ErrorReason::kLimitExceeded,
          absl::StrCat("resharding stream ", stream_name, " would bring the node to ", shards,
                       " shards, the closed ones included; it takes no more than ",
                       options_.shards_max));
    }
    begun = true;
    return BeginReshard(*now, std::move(plan), options_.clock.NowMs());
  };
  ASSIGN_OR_RETURN(StreamEditor::Snapshot updating, editor_.Edit(stream->config().id, begin));
  if (!begun) return absl::OkStatus();
  pending_.BeginMore();
  StartJob(std::move(updating));
  return absl::OkStatus();
}

}  // namespace penstock::broker
