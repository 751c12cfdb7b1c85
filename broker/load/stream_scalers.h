// StreamScalers: what DecideScaling has to know of each on-demand stream, from one evaluation to
// the next.
//
// Whoever carries out reshards calls Evaluate for every stream once in kEvaluateEveryMs, and starts
// the reshard that it returns. Evaluate names the stream's open shards to the LoadMeter, keeps the
// peak of the last days, and remembers when the shards last changed. LIMIT: peaks are in memory;
// for kPeakKnownMs after a start no stream gets fewer shards than it had then, so that a restart at
// night does not cost the shards of the day. Times are of Clock::MonotonicMs. Thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

#include "broker/load/load_meter.h"
#include "broker/load/peak_history.h"
#include "broker/load/scaling_policy.h"
#include "broker/stream/stream_snapshot.h"
#include "common/mutex.h"

namespace penstock::broker {

// What a stream may grow by.
struct ScalingRoom {
  uint32_t open_shards_max = kShardsPerStreamMax;
  // Further shards that the node takes.
  uint32_t new_shards_max = kShardsMax;
};

class StreamScalers {
 public:
  static constexpr int64_t kEvaluateEveryMs = 10'000;
  static constexpr int64_t kPeakKnownMs = 24 * 3'600'000;

  // The meter must outlive it.
  explicit StreamScalers(LoadMeter& meter) : meter_(meter) {}

  // Nothing to do for a stream that is not active; one that is not on-demand is forgotten.
  ScalingDecision Evaluate(const StreamSnapshot& stream, const ScalingRoom& room, int64_t now_ms)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // The stream is gone. Its shards are metered no more.
  void Forget(StreamId stream, int64_t now_ms) ABSL_LOCKS_EXCLUDED(mutex_);

  // As of the last evaluation; for descriptions of the stream.
  std::vector<HotShardReport> HotShardsOf(StreamId stream) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct StreamState {
    PeakHistory peaks;
    // When it was first evaluated.
    uint32_t shards_then = 0;
    // A change of the shards makes new ones.
    ShardIndex newest_shard;
    int64_t changed_ms = 0;
    std::vector<HotShardReport> hot_shards;
  };

  static StreamState& StateOf(const StreamSnapshot& stream,
                              absl::flat_hash_map<StreamId, StreamState>& streams, int64_t now_ms);
  std::vector<OpenShard> OpenShardsOf(const StreamSnapshot& stream, const Load& rating,
                                      int64_t now_ms);

  LoadMeter& meter_;
  // Before the locks of the meter.
  mutable Mutex mutex_;
  absl::flat_hash_map<StreamId, StreamState> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
