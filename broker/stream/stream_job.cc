#include "broker/stream/stream_job.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "common/check.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {

StreamJob::StreamJob(StreamJobContext context, StoredStreamEntry stream,
                     std::function<void()> ended)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      ended_(std::move(ended)),
      strand_(boost::asio::make_strand(context_.executor)),
      timer_(strand_) {
  const StreamStatus status = stream_.snapshot->config().status;
  CHECK(status == StreamStatus::kCreating || status == StreamStatus::kDeleting);
}

bool StreamJob::creating() const {
  return stream_.snapshot->config().status == StreamStatus::kCreating;
}

void StreamJob::Start() {
  Post();
}

void StreamJob::Cancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  boost::asio::post(strand_, [self = shared_from_this()] { self->timer_.cancel(); });
}

void StreamJob::Post() {
  boost::asio::post(strand_, [self = shared_from_this()] { self->Step(); });
}

void StreamJob::Step() {
  if (cancelled_.load(std::memory_order_relaxed)) {
    ended_();
    return;
  }
  if (next_shard_ < stream_.snapshot->shards().size()) {
    WorkOnShards();
    return;
  }
  if (const absl::Status finished = Finish(); !finished.ok()) {
    RetryAfter(finished);
    return;
  }
  ended_();
}

void StreamJob::WorkOnShards() {
  const std::shared_ptr<const StreamSnapshot> snapshot = stream_.snapshot;
  const std::vector<ShardInfo>& shards = snapshot->shards();
  const size_t begin = next_shard_;
  const size_t end = std::min(shards.size(), begin + kShardsPerStep);
  {
    MutexLock lock(step_mutex_);
    step_pending_ = end - begin;
    step_error_ = absl::OkStatus();
  }
  const bool create = creating();
  storage::ShardLog& log = context_.log;
  const auto self = shared_from_this();
  for (size_t i = begin; i < end; ++i) {
    const ShardKey key = snapshot->KeyOf(shards[i]);
    auto done = [self, end](const absl::Status& status) { self->OnShardDone(end, status); };
    if (create) {
      log.CreateShard(key, {shards[i].starting_sequence_number}, std::move(done));
    } else {
      log.DeleteShard(key, std::move(done));
    }
  }
}

void StreamJob::OnShardDone(size_t step_end, const absl::Status& status) {
  absl::Status error;
  {
    MutexLock lock(step_mutex_);
    step_error_.Update(status);
    if (--step_pending_ > 0) return;
    error = step_error_;
  }
  boost::asio::post(strand_, [self = shared_from_this(), step_end, error] {
    if (!error.ok()) return self->RetryAfter(error);
    self->next_shard_ = step_end;
    self->Step();
  });
}

absl::Status StreamJob::Finish() {
  return creating() ? FinishCreating() : FinishDeleting();
}

absl::Status StreamJob::FinishCreating() {
  StreamConfig config = stream_.snapshot->config();
  config.status = StreamStatus::kActive;
  auto active =
      std::make_shared<const StreamSnapshot>(std::move(config), stream_.snapshot->shards());
  const absl::StatusOr<Revision> put = context_.store.Put(*active, stream_.revision);
  if (put.status().code() == absl::StatusCode::kAborted) return Reconcile();
  RETURN_IF_ERROR(put.status());
  context_.table.Publish({active, *put});
  LogInfo("stream active", {{"stream", active->config().name},
                            {"stream_id", absl::StrCat(active->config().id.value())},
                            {"shards", absl::StrCat(active->shards().size())}});
  return absl::OkStatus();
}

absl::Status StreamJob::FinishDeleting() {
  const StreamConfig& config = stream_.snapshot->config();
  const absl::Status deleted = context_.store.Delete(config.name, stream_.revision);
  if (deleted.code() == absl::StatusCode::kAborted) return Reconcile();
  RETURN_IF_ERROR(deleted);
  context_.table.Remove(config.id);
  LogInfo("stream deleted",
          {{"stream", config.name}, {"stream_id", absl::StrCat(config.id.value())}});
  return absl::OkStatus();
}

absl::Status StreamJob::Reconcile() {
  const StreamConfig& config = stream_.snapshot->config();
  ASSIGN_OR_RETURN(const std::optional<StoredStreamEntry> stored, context_.store.Get(config.name));
  if (!stored || stored->snapshot->config().id != config.id) {
    context_.table.Remove(config.id);
    return absl::OkStatus();
  }
  context_.table.Publish(*stored);
  if (stored->snapshot->config().status != config.status) return absl::OkStatus();
  stream_ = *stored;
  return absl::AbortedError(
      absl::StrCat("stream ", stream_.snapshot->config().name, " was changed by another writer"));
}

void StreamJob::RetryAfter(const absl::Status& error) {
  // 2^20 times the shortest wait is past every longest one.
  const uint32_t doublings = std::min<uint32_t>(attempts_failed_++, 20);
  const int64_t wait_ms =
      std::min(context_.retry_max_ms, context_.retry_min_ms * (int64_t{1} << doublings));
  LogWarning(
      creating() ? "stream creation failed, trying again" : "stream deletion failed, trying again",
      {{"stream", stream_.snapshot->config().name},
       {"failures", absl::StrCat(attempts_failed_)},
       {"retry_in_ms", absl::StrCat(wait_ms)},
       {"error", std::string(error.message())}});
  timer_.expires_after(std::chrono::milliseconds(wait_ms));
  // Cancelled or not, Step tells.
  timer_.async_wait(
      [self = shared_from_this()](const boost::system::error_code&) { self->Step(); });
}

}  // namespace penstock::broker
