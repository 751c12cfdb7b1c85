// StreamMeter: counts what one stream takes and gives.
//
//   const std::shared_ptr<StreamMeter> meter = meters.Get(stream.config().id);
//   meter->OnPutRecord({.shard = shard, .bytes = bytes, .outcome = PutOutcome::kStored,
//                       .latency_us = took_us});
//
// The data plane calls it once a call or event; both doors are counted alike. Stream counters are
// relaxed atomics. Figures of single shards are counted only while they are asked for
// (EnableEnhancedMonitoring), and those of consumers always; both under a mutex, as there may be
// many of them, and no more than the limits below. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "broker/metrics/recent_max.h"
#include "broker/metrics/shard_metric_set.h"
#include "broker/metrics/stream_stats.h"
#include "common/clock.h"
#include "common/ids.h"
#include "common/latency_histogram.h"
#include "common/limits.h"
#include "common/mutex.h"

namespace penstock::broker {

// What became of a record that was to be stored, or of a call that reads.
enum class PutOutcome { kStored, kThrottled, kFailed };
enum class ReadOutcome { kGiven, kThrottled, kFailed };

// kThrottled for THROUGHPUT_EXCEEDED, kFailed for any other error.
PutOutcome PutOutcomeOf(const absl::Status& status);
ReadOutcome ReadOutcomeOf(const absl::Status& status);

struct PutRecordEvent {
  // None where the call failed before it was routed.
  std::optional<ShardIndex> shard = std::nullopt;
  uint64_t bytes = 0;
  PutOutcome outcome = PutOutcome::kStored;
  int64_t latency_us = 0;
};

// The records of a PutRecords that went to one shard.
struct ShardPut {
  ShardIndex shard = {};
  // Stored.
  uint64_t bytes = 0;
  uint64_t records_stored = 0;
  uint64_t records_throttled = 0;
  uint64_t records_failed = 0;
};

struct PutRecordsEvent {
  // One a shard, in any order. Empty where the call was refused whole.
  std::span<const ShardPut> shards = {};
  // Of a call that was refused whole: all of its records.
  uint64_t records_failed_unrouted = 0;
  int64_t latency_us = 0;
};

struct GetRecordsEvent {
  ShardIndex shard = {};
  uint64_t bytes = 0;
  uint64_t records = 0;
  ReadOutcome outcome = ReadOutcome::kGiven;
  // Without the time that the call waited for records.
  int64_t latency_us = 0;
  // How long ago the last record given was stored; 0 if the reader is at the tip.
  int64_t iterator_age_ms = 0;
};

// SubscribeToShard, when it is answered.
struct SubscribeEvent {
  std::string_view consumer = {};
  // kThrottled: the consumer has a subscription to the shard, or calls too often.
  ReadOutcome outcome = ReadOutcome::kGiven;
};

// An event of a subscription, when it is sent or could not be.
struct SubscriptionEventSent {
  std::string_view consumer = {};
  ShardIndex shard = {};
  uint64_t bytes = 0;
  uint64_t records = 0;
  bool success = true;
  int64_t millis_behind_latest = 0;
};

class StreamMeter {
 public:
  // A stream has no more at a time; of those that are made and removed without end, the first are
  // counted.
  static constexpr size_t kConsumersMax = size_t{4} * kConsumersPerStreamMaxCommitted;
  static constexpr size_t kShardsMax = kShardsPerStreamMax;

  explicit StreamMeter(const Clock& clock) : clock_(clock) {}
  StreamMeter(const StreamMeter&) = delete;
  StreamMeter& operator=(const StreamMeter&) = delete;

  void OnPutRecord(const PutRecordEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnPutRecords(const PutRecordsEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnGetRecords(const GetRecordsEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSubscribe(const SubscribeEvent& event) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSubscriptionEvent(const SubscriptionEventSent& event) ABSL_LOCKS_EXCLUDED(mutex_);

  // Shards are counted from when any metric is on, and forgotten when none is.
  void SetShardMetrics(ShardMetricSet metrics) ABSL_LOCKS_EXCLUDED(mutex_);
  ShardMetricSet shard_metrics() const {
    return ShardMetricSet::FromBits(shard_metrics_.load(std::memory_order_relaxed));
  }

  StreamStats Stats() const;
  // By name.
  std::vector<std::pair<std::string, SubscriptionStats>> Subscriptions() const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // In order of shard. Empty unless shard metrics are on.
  std::vector<std::pair<ShardIndex, ShardStats>> Shards() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum Counter {
    kIncomingBytes,
    kIncomingRecords,
    kPutRecordCalls,
    kPutRecordSuccess,
    kPutRecordBytes,
    kPutRecordsCalls,
    kPutRecordsSuccess,
    kPutRecordsBytes,
    kPutRecordsTotalRecords,
    kPutRecordsSuccessfulRecords,
    kPutRecordsFailedRecords,
    kPutRecordsThrottledRecords,
    kGetRecordsCalls,
    kGetRecordsSuccess,
    kGetRecordsBytes,
    kGetRecordsRecords,
    kReadThroughputExceeded,
    kWriteThroughputExceeded,
    kSubscribeCalls,
    kSubscribeSuccess,
    kSubscribeRateExceeded,
    kCounters,
  };
  struct ShardCounts {
    ShardStats stats;
    RecentMax iterator_age_ms;
  };
  struct Consumer {
    SubscriptionStats stats;
    RecentMax millis_behind_latest;
  };

  // Relaxed: counts order nothing but themselves.
  void Add(Counter counter, uint64_t count) {
    if (count != 0) counters_[counter].fetch_add(count, std::memory_order_relaxed);
  }
  uint64_t Get(Counter counter) const { return counters_[counter].load(std::memory_order_relaxed); }
  bool CountsShards() const { return shard_metrics_.load(std::memory_order_relaxed) != 0; }
  // Null past kShardsMax, and where none is counted.
  ShardCounts* ShardOf(ShardIndex shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null past kConsumersMax.
  Consumer* ConsumerOf(std::string_view name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountShardPut(const ShardPut& put) ABSL_LOCKS_EXCLUDED(mutex_);

  const Clock& clock_;
  std::array<std::atomic<uint64_t>, kCounters> counters_ = {};
  LatencyHistogram put_record_latency_;
  LatencyHistogram put_records_latency_;
  LatencyHistogram get_records_latency_;
  RecentMax iterator_age_ms_;

  // Bits of a ShardMetricSet. Changed with the mutex held, so that nothing is counted after none is
  // on; read without it, to leave the mutex alone where none is.
  std::atomic<uint8_t> shard_metrics_ = 0;
  // Held alone.
  mutable Mutex mutex_;
  std::map<ShardIndex, ShardCounts> shards_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Consumer, std::less<>> consumers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
