// CreateTask and DeleteTask: the shards of a new stream are made, those of a deleted one removed.
//
//   CREATING: CreateShard for each shard ─▶ store ACTIVE
//   DELETING: DeleteShard for each shard ─▶ remove from the store
//
// In steps of kShardsPerStep shards, whose calls share the log's rounds and so its syncs.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/stream/stream_task.h"

namespace penstock::broker {

class LifecycleTask : public StreamTask {
 public:
  static constexpr size_t kShardsPerStep = 1'024;

  LifecycleTask(const StreamTaskContext& context, std::shared_ptr<const StreamSnapshot> stream)
      : context_(context), stream_(std::move(stream)), shards_(stream_->shards()) {}

  void Step(StepCallback done) final;

 protected:
  virtual void CallForShard(const ShardInfo& shard, storage::StatusCallback done) = 0;
  virtual absl::Status Finish() = 0;

  const StreamTaskContext context_;
  const std::shared_ptr<const StreamSnapshot> stream_;
  std::vector<ShardInfo> shards_;

 private:
  size_t next_shard_ = 0;
};

class CreateTask final : public LifecycleTask {
 public:
  using LifecycleTask::LifecycleTask;
  std::string_view name() const override { return "creation"; }

 private:
  void CallForShard(const ShardInfo& shard, storage::StatusCallback done) override;
  absl::Status Finish() override;
};

// Also of shards that have expired and were not removed yet.
class DeleteTask final : public LifecycleTask {
 public:
  DeleteTask(const StreamTaskContext& context, std::shared_ptr<const StreamSnapshot> stream);
  std::string_view name() const override { return "deletion"; }

 private:
  void CallForShard(const ShardInfo& shard, storage::StatusCallback done) override;
  absl::Status Finish() override;
};

}  // namespace penstock::broker
