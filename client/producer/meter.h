// ProducerMeter: what a producer counts. Told by the producer's thread a batch at a time, and by
// Put; read by anyone. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "client/producer/collect.h"
#include "common/mutex.h"
#include "penstock/producer_stats.h"

namespace penstock::producer {

class ProducerMeter {
 public:
  void OnReceived() { received_.fetch_add(1, std::memory_order_relaxed); }
  void OnBatchSent(bool again);
  // An answer other than stored, or a connection that was lost.
  void OnError(const absl::Status& error);
  void OnFinished(const FinishedBatch& finished, uint64_t data_bytes);
  // Records that failed without ever being in a batch.
  void OnFailed(size_t records, bool expired);
  void OnShardMap();

  // What is counted here; the rest of it is the producer's to fill in.
  ProducerStats Read() const;

 private:
  // Relaxed: a number, not an order.
  std::atomic<uint64_t> received_{0};
  // Held alone.
  mutable Mutex mutex_;
  ProducerStats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::producer
