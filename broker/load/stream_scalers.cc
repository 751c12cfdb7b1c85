#include "broker/load/stream_scalers.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace penstock::broker {

ScalingDecision StreamScalers::Evaluate(const StreamSnapshot& stream, const ScalingRoom& room,
                                        int64_t now_ms) {
  const StreamConfig& config = stream.config();
  if (config.mode != StreamMode::kOnDemand || !stream.serving()) {
    Forget(config.id, now_ms);
    return {};
  }
  MutexLock lock(mutex_);
  ScalingInput input;
  input.rating = RatingOf(config.limits);
  input.shards = OpenShardsOf(stream, input.rating, now_ms);
  Load now;
  for (const OpenShard& shard : input.shards) now += shard.load.per_second;

  StreamState& state = StateOf(stream, streams_, now_ms);
  state.peaks.Observe(now, now_ms);
  // The shards of a stream that is being changed are not those that it will have.
  if (config.status != StreamStatus::kActive) return {};

  input.warm_throughput_mibps = config.warm_throughput_mibps;
  input.peak = state.peaks.Peak(now_ms);
  if (now_ms - state.peaks.since_ms() < kPeakKnownMs) {
    input.shards_min = std::max(input.shards_min, state.shards_then);
  }
  input.since_change_ms = now_ms - state.changed_ms;
  input.open_shards_max = room.open_shards_max;
  input.new_shards_max = room.new_shards_max;
  ScalingDecision decision = DecideScaling(input);
  state.hot_shards = decision.hot_shards;
  return decision;
}

void StreamScalers::Forget(StreamId stream, int64_t now_ms) {
  MutexLock lock(mutex_);
  if (streams_.erase(stream) > 0) meter_.Track(stream, {}, now_ms);
}

std::vector<HotShardReport> StreamScalers::HotShardsOf(StreamId stream) const {
  MutexLock lock(mutex_);
  const auto found = streams_.find(stream);
  return found == streams_.end() ? std::vector<HotShardReport>() : found->second.hot_shards;
}

StreamScalers::StreamState& StreamScalers::StateOf(
    const StreamSnapshot& stream, absl::flat_hash_map<StreamId, StreamState>& streams,
    int64_t now_ms) {
  const ShardIndex newest = stream.shards().back().index;
  const StreamState begun{
      PeakHistory(now_ms), static_cast<uint32_t>(stream.open_shard_count()), newest, now_ms, {}};
  StreamState& state = streams.try_emplace(stream.config().id, begun).first->second;
  if (state.newest_shard != newest) {
    state.newest_shard = newest;
    state.changed_ms = now_ms;
  }
  return state;
}

std::vector<OpenShard> StreamScalers::OpenShardsOf(const StreamSnapshot& stream, const Load& rating,
                                                   int64_t now_ms) {
  std::vector<OpenShard> open;
  std::vector<ShardIndex> indexes;
  for (const ShardInfo& shard : stream.shards()) {
    if (!shard.open()) continue;
    open.push_back({shard.index, shard.hash_keys, {}, {}});
    indexes.push_back(shard.index);
  }
  meter_.Track(stream.config().id, indexes, now_ms);
  for (OpenShard& shard : open) {
    // Not metered: the meter is full. It counts as never observed, and is left as it is.
    const ShardKey key{stream.config().id, shard.index};
    if (const std::optional<ShardLoadReport> report = meter_.Report(key, now_ms)) {
      shard.load = *report;
    }
    if (HeatOf(shard.load.per_second, rating) > kSplitHeat) shard.keys = meter_.KeysOf(key, now_ms);
  }
  std::sort(open.begin(), open.end(), [](const OpenShard& a, const OpenShard& b) {
    return a.hash_keys.first < b.hash_keys.first;
  });
  return open;
}

}  // namespace penstock::broker
