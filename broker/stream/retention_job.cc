#include "broker/stream/retention_job.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/stream/shard_expiry.h"
#include "broker/stream/status_join.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr int64_t kMsPerMinute = 60'000;

}  // namespace

RetentionJob::RetentionJob(RetentionJobOptions options)
    : options_(std::move(options)),
      strand_(boost::asio::make_strand(options_.executor)),
      timer_(strand_) {}

RetentionJob::~RetentionJob() {
  Stop();
}

void RetentionJob::Start() {
  if (!pending_.TryBegin()) return;
  boost::asio::post(strand_, [this] { WaitForNextPass(); });
}

void RetentionJob::Stop() {
  if (pending_.TryBegin()) {
    boost::asio::post(strand_, [this] {
      stopping_ = true;
      timer_.cancel();
      pending_.End();
    });
  }
  pending_.CloseAndWait();
}

void RetentionJob::WaitForNextPass() {
  if (stopping_) {
    pending_.End();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(options_.interval_min_ms));
  timer_.async_wait([this](const boost::system::error_code&) {
    // Cancelled or not: stopping_ tells.
    if (stopping_) {
      pending_.End();
    } else {
      BeginPass();
    }
  });
}

bool RetentionJob::IsTurnOf(const StreamConfig& config) const {
  const int64_t twelfth_ms = config.retention_period_minutes * kMsPerMinute / 12;
  const int64_t interval_ms =
      std::clamp(twelfth_ms, options_.interval_min_ms, options_.interval_max_ms);
  return passes_ % static_cast<uint64_t>(interval_ms / options_.interval_min_ms) == 0;
}

void RetentionJob::BeginPass() {
  const int64_t now_ms = options_.clock.NowMs();
  targets_.clear();
  next_target_ = 0;
  failures_ = 0;
  for (const auto& stream : options_.table.ListAfter("", std::numeric_limits<size_t>::max())) {
    if (!stream->serving() || !IsTurnOf(stream->config())) continue;
    if (const absl::Status expired = ExpireShardsOf(stream, now_ms); !expired.ok())
      NoteFailure(expired);
    const int64_t keep_from_ms = now_ms - stream->config().retention_period_minutes * kMsPerMinute;
    for (const ShardInfo& shard : stream->shards()) {
      targets_.push_back({stream->KeyOf(shard), keep_from_ms});
    }
  }
  ++passes_;
  Step();
}

absl::Status RetentionJob::ExpireShardsOf(const StreamEditor::Snapshot& stream, int64_t now_ms) {
  StreamEditor::Snapshot now = stream;
  if (ExpireShards(stream, now_ms) != stream) {
    ASSIGN_OR_RETURN(now, options_.editor.Edit(stream->config().id,
                                               [now_ms](const StreamEditor::Snapshot& current)
                                                   -> absl::StatusOr<StreamEditor::Snapshot> {
                                                 return ExpireShards(current, now_ms);
                                               }));
  }
  if (!now->config().expired_shards.empty()) RemoveExpired(now);
  return absl::OkStatus();
}

void RetentionJob::RemoveExpired(const StreamEditor::Snapshot& stream) {
  const StreamId id = stream->config().id;
  const std::vector<ShardIndex> expired = stream->config().expired_shards;
  pending_.BeginMore();
  const auto join = StatusJoin::Make([this, id, expired](const absl::Status& removed) {
    // Not on the log's thread: the editor blocks.
    boost::asio::post(strand_, [this, id, expired, removed] {
      absl::Status forgotten = removed;
      if (removed.ok()) {
        const auto forget = [&expired](const StreamEditor::Snapshot& now)
            -> absl::StatusOr<StreamEditor::Snapshot> { return ForgetExpired(now, expired); };
        forgotten = options_.editor.Edit(id, forget).status();
      }
      // The stream may have gone meanwhile, and its shards with it.
      if (!forgotten.ok() && ReasonOf(forgotten) != ErrorReason::kStreamNotFound) {
        LogWarning(
            "retention: expired shards could not be removed",
            {{"stream_id", absl::StrCat(id.value())}, {"error", std::string(forgotten.message())}});
      }
      pending_.End();
    });
  });
  for (const ShardIndex shard : expired) {
    options_.log.DeleteShard({id, shard}, StatusJoin::Arrival(join));
  }
}

void RetentionJob::NoteFailure(const absl::Status& failure) {
  if (failures_++ == 0) first_failure_ = failure;
}

void RetentionJob::Step() {
  const size_t end = std::min(targets_.size(), next_target_ + kShardsPerStep);
  for (; next_target_ < end && !stopping_; ++next_target_) {
    const absl::Status trimmed = TrimShard(targets_[next_target_]);
    if (!trimmed.ok()) NoteFailure(trimmed);
  }
  if (!stopping_ && next_target_ < targets_.size()) {
    boost::asio::post(strand_, [this] { Step(); });
    return;
  }
  if (failures_ > 0) {
    LogWarning("retention: shards could not be trimmed",
               {{"shards", absl::StrCat(failures_)},
                {"first_error", std::string(first_failure_.message())}});
  }
  WaitForNextPass();
}

absl::Status RetentionJob::TrimShard(const Target& target) {
  const absl::StatusOr<storage::ShardBounds> bounds = options_.log.Bounds(target.shard);
  if (!bounds.ok()) {
    // Deleted since the pass began.
    return ReasonOf(bounds.status()) == ErrorReason::kShardNotFound ? absl::OkStatus()
                                                                    : bounds.status();
  }
  if (bounds->first == bounds->end) return absl::OkStatus();
  ASSIGN_OR_RETURN(const SequenceNumber keep_from,
                   options_.log.FindByTime(target.shard, target.keep_from_ms));
  if (keep_from <= bounds->first) return absl::OkStatus();
  options_.log.Trim(target.shard, keep_from, [shard = target.shard](const absl::Status& trimmed) {
    if (!trimmed.ok() && ReasonOf(trimmed) != ErrorReason::kShardNotFound) {
      LogWarning("retention: trim failed",
                 {{"shard", ToString(shard)}, {"error", std::string(trimmed.message())}});
    }
  });
  return absl::OkStatus();
}

}  // namespace penstock::broker
