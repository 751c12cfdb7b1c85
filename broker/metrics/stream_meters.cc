#include "broker/metrics/stream_meters.h"

#include <algorithm>
#include <utility>

namespace penstock::broker {

StreamMeters::StreamMeters(const StreamMetersOptions& options)
    : options_(options),
      others_(std::make_shared<StreamMeter>(*options.clock)),
      last_sweep_ms_(options.clock->MonotonicMs()) {}

std::shared_ptr<StreamMeter> StreamMeters::Get(StreamId id) {
  MutexLock lock(mutex_);
  const auto found = meters_.find(id);
  if (found != meters_.end()) return found->second;
  const bool sweep_is_due =
      options_.clock->MonotonicMs() - last_sweep_ms_ >= options_.sweep_interval_ms;
  if (meters_.size() >= options_.streams_max && sweep_is_due) SweepLocked();
  if (meters_.size() >= options_.streams_max) {
    others_used_ = true;
    return others_;
  }
  auto meter = std::make_shared<StreamMeter>(*options_.clock);
  if (const auto stream = options_.directory->Find(id); stream.ok())
    meter->SetShardMetrics(ShardMetricSet::Of((*stream)->config().shard_level_metrics));
  return meters_.emplace(id, std::move(meter)).first->second;
}

std::vector<StreamMeters::Entry> StreamMeters::All() {
  std::vector<Entry> all;
  MutexLock lock(mutex_);
  SweepLocked();
  all.reserve(meters_.size() + 1);
  for (const auto& [id, meter] : meters_) {
    // Gone since the sweep: it is swept the next time.
    const auto stream = options_.directory->Find(id);
    if (!stream.ok()) continue;
    meter->SetShardMetrics(ShardMetricSet::Of((*stream)->config().shard_level_metrics));
    all.push_back({(*stream)->config().name, meter});
  }
  std::sort(all.begin(), all.end(),
            [](const Entry& a, const Entry& b) { return a.stream < b.stream; });
  if (others_used_) all.push_back({kOtherStreams, others_});
  return all;
}

void StreamMeters::SweepLocked() {
  last_sweep_ms_ = options_.clock->MonotonicMs();
  absl::erase_if(meters_,
                 [this](const auto& entry) { return !options_.directory->Find(entry.first).ok(); });
}

}  // namespace penstock::broker
