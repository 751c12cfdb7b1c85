#include "broker/stream/retention_job.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

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
  timer_.expires_after(std::chrono::milliseconds(options_.interval_ms));
  timer_.async_wait([this](const boost::system::error_code&) {
    // Cancelled or not: stopping_ tells.
    if (stopping_) {
      pending_.End();
    } else {
      BeginPass();
    }
  });
}

void RetentionJob::BeginPass() {
  const int64_t now_ms = options_.clock.NowMs();
  targets_.clear();
  next_target_ = 0;
  failures_ = 0;
  for (const auto& stream : options_.table.ListAfter("", std::numeric_limits<size_t>::max())) {
    if (!stream->serving()) continue;
    const int64_t keep_from_ms = now_ms - stream->config().retention_period_minutes * kMsPerMinute;
    for (const ShardInfo& shard : stream->shards()) {
      targets_.push_back({stream->KeyOf(shard), keep_from_ms});
    }
  }
  Step();
}

void RetentionJob::Step() {
  const size_t end = std::min(targets_.size(), next_target_ + kShardsPerStep);
  for (; next_target_ < end && !stopping_; ++next_target_) {
    const absl::Status trimmed = TrimShard(targets_[next_target_]);
    if (trimmed.ok()) continue;
    if (failures_++ == 0) first_failure_ = trimmed;
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
