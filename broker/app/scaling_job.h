// ScalingJob: keeps the shards of on-demand streams to their load.
//
// Once in StreamScalers::kEvaluateEveryMs it asks for each stream what its load calls for, and
// starts the reshard that is the answer; the policy is docs/on-demand.md's. A reshard that is not
// taken (the stream is being changed, the node has no room) is decided anew the next time. Start
// once, then Stop; both thread-safe.
#pragma once

#include <cstdint>
#include <set>

#include <boost/asio/any_io_executor.hpp>

#include "broker/load/stream_scalers.h"
#include "broker/stream/stream_catalog.h"
#include "broker/timer/periodic_timer.h"
#include "common/clock.h"
#include "common/limits.h"

namespace penstock::broker {

// All that is referred to must outlive the job.
struct ScalingJobOptions {
  StreamCatalog& catalog;
  StreamScalers& scalers;
  boost::asio::any_io_executor executor;
  const Clock& clock;
  uint32_t shards_max = kShardsMax;
  int64_t interval_ms = StreamScalers::kEvaluateEveryMs;
};

class ScalingJob {
 public:
  explicit ScalingJob(ScalingJobOptions options);

  void Start() { timer_.Start(); }
  void Stop() { timer_.Stop(); }

 private:
  void EvaluateAll();
  void Evaluate(const StreamSnapshot& stream);

  const ScalingJobOptions options_;
  // Streams that were evaluated the last time. The timer's own.
  std::set<StreamId> known_;
  PeriodicTimer timer_;
};

}  // namespace penstock::broker
