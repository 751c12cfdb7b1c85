#include "broker/record/consumer_lags.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<std::vector<ShardLagInfo>> ConsumerLags::Lag(std::string_view stream_name,
                                                            std::string_view consumer_name) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const StreamSnapshot> stream,
                   FindServing(options_.directory, stream_name));
  ASSIGN_OR_RETURN(const ConsumerKey consumer, FindConsumerOf(*stream, consumer_name));
  std::vector<ShardLagInfo> lags;
  for (const ShardInfo& shard : stream->shards()) {
    ASSIGN_OR_RETURN(const std::optional<ShardLagInfo> lag, LagOf(*stream, shard, consumer));
    if (lag.has_value()) lags.push_back(*lag);
  }
  return lags;
}

std::vector<ConsumerLag> ConsumerLags::Lags() {
  std::vector<ConsumerLag> lags;
  for (const std::shared_ptr<const StreamSnapshot>& stream : options_.streams()) {
    if (!stream->serving()) continue;
    const StreamConfig& config = stream->config();
    for (const ConsumerInfo& consumer : config.consumers) {
      const ConsumerKey key{config.id, consumer.name, consumer.creation_timestamp_ms};
      for (const ShardInfo& shard : stream->shards()) {
        const auto lag = LagOf(*stream, shard, key);
        if (!lag.ok() || !lag->has_value()) continue;
        lags.push_back({config.name, consumer.name, FormatShardId(shard.index),
                        (*lag)->records_behind, (*lag)->millis_behind});
      }
    }
  }
  return lags;
}

absl::StatusOr<std::optional<ShardLagInfo>> ConsumerLags::LagOf(const StreamSnapshot& stream,
                                                                const ShardInfo& shard,
                                                                const ConsumerKey& consumer) {
  const ShardKey key = stream.KeyOf(shard);
  ShardLagInfo lag;
  lag.shard = shard.index;
  lag.next = options_.positions.Find(consumer, shard.index);
  // After the position, which is never past the end that it was read at.
  ASSIGN_OR_RETURN(const storage::ShardBounds bounds, options_.log.Bounds(key));
  // Past the end only where the log has lost records.
  const SequenceNumber next = std::clamp(lag.next.value_or(bounds.first), bounds.first, bounds.end);
  if (!shard.open() && next >= bounds.end) return std::nullopt;
  lag.records_behind = bounds.end.Since(next);
  if (lag.records_behind > 0) {
    ASSIGN_OR_RETURN(const int64_t arrival_ms, ArrivalOf(key, next));
    lag.millis_behind = std::max<int64_t>(0, options_.clock.NowMs() - arrival_ms);
  }
  lag.subscribed = options_.subscriptions.IsSubscribed(consumer, shard.index);
  return lag;
}

absl::StatusOr<int64_t> ConsumerLags::ArrivalOf(const ShardKey& shard, SequenceNumber number) {
  const std::pair<ShardKey, SequenceNumber> key(shard, number);
  {
    MutexLock lock(mutex_);
    const auto known = arrivals_.find(key);
    if (known != arrivals_.end()) return known->second;
  }
  // One batch.
  ASSIGN_OR_RETURN(const storage::ReadResult read,
                   options_.log.Read(shard, number, {.records_max = 1, .bytes_max = 1}));
  // Trimmed meanwhile, with all that followed it: there is nothing left to be behind of.
  if (read.batches.empty()) return options_.clock.NowMs();
  const int64_t arrival_ms = read.batches.front()->header().append_time_ms;
  MutexLock lock(mutex_);
  if (arrivals_.size() >= kArrivalsMax) arrivals_.clear();
  arrivals_.emplace(key, arrival_ms);
  return arrival_ms;
}

}  // namespace penstock::broker
