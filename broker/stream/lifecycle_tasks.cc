#include "broker/stream/lifecycle_tasks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/status_join.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {

void LifecycleTask::Step(StepCallback done) {
  if (next_shard_ == shards_.size()) {
    const absl::Status finished = Finish();
    if (finished.ok()) return std::move(done)(false);
    return std::move(done)(finished);
  }
  const size_t end = std::min(shards_.size(), next_shard_ + kShardsPerStep);
  const auto join =
      StatusJoin::Make([this, end, done = std::move(done)](const absl::Status& status) mutable {
        if (!status.ok()) return std::move(done)(status);
        next_shard_ = end;
        std::move(done)(true);
      });
  for (size_t i = next_shard_; i < end; ++i) CallForShard(shards_[i], StatusJoin::Arrival(join));
}

void CreateTask::CallForShard(const ShardInfo& shard, storage::StatusCallback done) {
  storage::NewShard spec;
  spec.first = shard.starting_sequence_number;
  context_.log.CreateShard(stream_->KeyOf(shard), std::move(spec), std::move(done));
}

absl::Status CreateTask::Finish() {
  const auto activate =
      [](const StreamEditor::Snapshot& now) -> absl::StatusOr<StreamEditor::Snapshot> {
    if (now->config().status != StreamStatus::kCreating) return now;
    StreamConfig config = now->config();
    config.status = StreamStatus::kActive;
    return std::make_shared<const StreamSnapshot>(std::move(config), now->shards());
  };
  RETURN_IF_ERROR(context_.editor.Edit(stream_->config().id, activate).status());
  LogInfo("stream active", {{"stream", stream_->config().name},
                            {"stream_id", absl::StrCat(stream_->config().id.value())},
                            {"shards", absl::StrCat(stream_->shards().size())}});
  return absl::OkStatus();
}

DeleteTask::DeleteTask(const StreamTaskContext& context,
                       std::shared_ptr<const StreamSnapshot> stream)
    : LifecycleTask(context, std::move(stream)) {
  for (const ShardIndex expired : stream_->config().expired_shards) {
    ShardInfo shard;
    shard.index = expired;
    shards_.push_back(std::move(shard));
  }
}

void DeleteTask::CallForShard(const ShardInfo& shard, storage::StatusCallback done) {
  context_.log.DeleteShard(stream_->KeyOf(shard), std::move(done));
}

absl::Status DeleteTask::Finish() {
  const StreamConfig& config = stream_->config();
  RETURN_IF_ERROR(context_.editor.Remove(config.id));
  if (context_.on_deleted) context_.on_deleted(config.id);
  LogInfo("stream deleted",
          {{"stream", config.name}, {"stream_id", absl::StrCat(config.id.value())}});
  return absl::OkStatus();
}

}  // namespace penstock::broker
