// StreamMeters: the meter of each stream that is used.
//
// A stream gets its meter when it is first used, and loses it some time after it was deleted: the
// registry asks the directory. No more than streams_max have one of their own; further streams
// share one, so that neither memory nor what a scrape gives grows without end. Which shard level
// metrics are on is looked up when a meter is made and at each scrape: one that was switched on is
// counted from the next scrape on.
//
// Thread-safe. A meter stays good for as long as it is held. Directory and clock must outlive the
// registry and the meters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

#include "broker/metrics/stream_meter.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "common/ids.h"
#include "common/mutex.h"

namespace penstock::broker {

struct StreamMetersOptions {
  const StreamDirectory* directory = nullptr;
  const Clock* clock = &SystemClock::Get();
  // Streams with a meter of their own. Each takes about a KiB, and some 80 lines of a scrape.
  // Smaller hides streams among the others; larger makes scrapes long.
  size_t streams_max = 1'000;
  // Once the registry is full, it looks so often for streams that are gone.
  int64_t sweep_interval_ms = 10'000;
};

class StreamMeters {
 public:
  // Stands for the name of the streams that share a meter. No stream can be called so.
  static constexpr char kOtherStreams[] = "(other)";

  explicit StreamMeters(const StreamMetersOptions& options);

  // Never null.
  std::shared_ptr<StreamMeter> Get(StreamId id) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Entry {
    // The stream's name, or kOtherStreams.
    std::string stream;
    std::shared_ptr<const StreamMeter> meter;
  };
  // For a scrape: in order of name, kOtherStreams last and only if there are such. Forgets streams
  // that are gone.
  std::vector<Entry> All() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void SweepLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const StreamMetersOptions options_;
  const std::shared_ptr<StreamMeter> others_;
  // Taken before the directory's.
  Mutex mutex_;
  absl::flat_hash_map<StreamId, std::shared_ptr<StreamMeter>> meters_ ABSL_GUARDED_BY(mutex_);
  bool others_used_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t last_sweep_ms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
