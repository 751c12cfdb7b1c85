#include "broker/metrics/stream_meter.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

bool IsThrottled(const absl::Status& status) {
  return ReasonOf(status) == ErrorReason::kThroughputExceeded;
}

}  // namespace

PutOutcome PutOutcomeOf(const absl::Status& status) {
  if (status.ok()) return PutOutcome::kStored;
  return IsThrottled(status) ? PutOutcome::kThrottled : PutOutcome::kFailed;
}

ReadOutcome ReadOutcomeOf(const absl::Status& status) {
  if (status.ok()) return ReadOutcome::kGiven;
  return IsThrottled(status) ? ReadOutcome::kThrottled : ReadOutcome::kFailed;
}

void StreamMeter::OnPutRecord(const PutRecordEvent& event) {
  const bool stored = event.outcome == PutOutcome::kStored;
  const bool throttled = event.outcome == PutOutcome::kThrottled;
  Add(kPutRecordCalls, 1);
  Add(kWriteThroughputExceeded, throttled ? 1 : 0);
  if (stored) {
    Add(kPutRecordSuccess, 1);
    Add(kPutRecordBytes, event.bytes);
    Add(kIncomingBytes, event.bytes);
    Add(kIncomingRecords, 1);
  }
  put_record_latency_.Record(event.latency_us);
  if (event.shard.has_value() && CountsShards()) {
    ShardPut put{.shard = *event.shard};
    put.bytes = stored ? event.bytes : 0;
    put.records_stored = stored ? 1 : 0;
    put.records_throttled = throttled ? 1 : 0;
    CountShardPut(put);
  }
}

void StreamMeter::OnPutRecords(const PutRecordsEvent& event) {
  ShardPut sum;
  for (const ShardPut& put : event.shards) {
    sum.bytes += put.bytes;
    sum.records_stored += put.records_stored;
    sum.records_throttled += put.records_throttled;
    sum.records_failed += put.records_failed;
  }
  sum.records_failed += event.records_failed_unrouted;
  Add(kPutRecordsCalls, 1);
  Add(kPutRecordsSuccess, sum.records_stored > 0 ? 1 : 0);
  Add(kPutRecordsBytes, sum.bytes);
  Add(kPutRecordsTotalRecords, sum.records_stored + sum.records_throttled + sum.records_failed);
  Add(kPutRecordsSuccessfulRecords, sum.records_stored);
  Add(kPutRecordsFailedRecords, sum.records_failed);
  Add(kPutRecordsThrottledRecords, sum.records_throttled);
  Add(kWriteThroughputExceeded, sum.records_throttled);
  Add(kIncomingBytes, sum.bytes);
  Add(kIncomingRecords, sum.records_stored);
  put_records_latency_.Record(event.latency_us);
  if (!CountsShards()) return;
  for (const ShardPut& put : event.shards) CountShardPut(put);
}

void StreamMeter::CountShardPut(const ShardPut& put) {
  MutexLock lock(mutex_);
  ShardCounts* const shard = ShardOf(put.shard);
  if (shard == nullptr) return;
  shard->stats.incoming_bytes += put.bytes;
  shard->stats.incoming_records += put.records_stored;
  shard->stats.write_provisioned_throughput_exceeded += put.records_throttled;
}

void StreamMeter::OnGetRecords(const GetRecordsEvent& event) {
  const bool given = event.outcome == ReadOutcome::kGiven;
  const bool throttled = event.outcome == ReadOutcome::kThrottled;
  const int64_t now_ms = clock_.MonotonicMs();
  Add(kGetRecordsCalls, 1);
  Add(kReadThroughputExceeded, throttled ? 1 : 0);
  if (given) {
    Add(kGetRecordsSuccess, 1);
    Add(kGetRecordsBytes, event.bytes);
    Add(kGetRecordsRecords, event.records);
    iterator_age_ms_.Record(event.iterator_age_ms, now_ms);
  }
  get_records_latency_.Record(event.latency_us);
  if (!CountsShards()) return;
  MutexLock lock(mutex_);
  ShardCounts* const shard = ShardOf(event.shard);
  if (shard == nullptr) return;
  shard->stats.read_provisioned_throughput_exceeded += throttled ? 1 : 0;
  if (!given) return;
  shard->stats.outgoing_bytes += event.bytes;
  shard->stats.outgoing_records += event.records;
  shard->iterator_age_ms.Record(event.iterator_age_ms, now_ms);
}

void StreamMeter::OnSubscribe(const SubscribeEvent& event) {
  Add(kSubscribeCalls, 1);
  Add(kSubscribeSuccess, event.outcome == ReadOutcome::kGiven ? 1 : 0);
  Add(kSubscribeRateExceeded, event.outcome == ReadOutcome::kThrottled ? 1 : 0);
  // So that a consumer is seen before its first event.
  if (event.outcome != ReadOutcome::kGiven) return;
  MutexLock lock(mutex_);
  ConsumerOf(event.consumer);
}

void StreamMeter::OnSubscriptionEvent(const SubscriptionEventSent& event) {
  MutexLock lock(mutex_);
  if (Consumer* const consumer = ConsumerOf(event.consumer)) {
    ++consumer->stats.events;
    consumer->stats.events_success += event.success ? 1 : 0;
    consumer->stats.bytes += event.success ? event.bytes : 0;
    consumer->stats.records += event.success ? event.records : 0;
    consumer->millis_behind_latest.Record(event.millis_behind_latest, clock_.MonotonicMs());
  }
  if (!event.success) return;
  if (ShardCounts* const shard = ShardOf(event.shard)) {
    shard->stats.outgoing_bytes += event.bytes;
    shard->stats.outgoing_records += event.records;
  }
}

void StreamMeter::SetShardMetrics(ShardMetricSet metrics) {
  MutexLock lock(mutex_);
  shard_metrics_.store(metrics.bits(), std::memory_order_relaxed);
  if (metrics.empty()) shards_.clear();
}

StreamMeter::ShardCounts* StreamMeter::ShardOf(ShardIndex shard) {
  if (!CountsShards()) return nullptr;
  const auto found = shards_.find(shard);
  if (found != shards_.end()) return &found->second;
  return shards_.size() < kShardsMax ? &shards_[shard] : nullptr;
}

StreamMeter::Consumer* StreamMeter::ConsumerOf(std::string_view name) {
  const auto found = consumers_.find(name);
  if (found != consumers_.end()) return &found->second;
  return consumers_.size() < kConsumersMax ? &consumers_[std::string(name)] : nullptr;
}

StreamStats StreamMeter::Stats() const {
  StreamStats stats;
  stats.incoming_bytes = Get(kIncomingBytes);
  stats.incoming_records = Get(kIncomingRecords);
  stats.put_record_calls = Get(kPutRecordCalls);
  stats.put_record_success = Get(kPutRecordSuccess);
  stats.put_record_bytes = Get(kPutRecordBytes);
  stats.put_record_latency = put_record_latency_.snapshot();
  stats.put_records_calls = Get(kPutRecordsCalls);
  stats.put_records_success = Get(kPutRecordsSuccess);
  stats.put_records_bytes = Get(kPutRecordsBytes);
  stats.put_records_total_records = Get(kPutRecordsTotalRecords);
  stats.put_records_successful_records = Get(kPutRecordsSuccessfulRecords);
  stats.put_records_failed_records = Get(kPutRecordsFailedRecords);
  stats.put_records_throttled_records = Get(kPutRecordsThrottledRecords);
  stats.put_records_latency = put_records_latency_.snapshot();
  stats.get_records_calls = Get(kGetRecordsCalls);
  stats.get_records_success = Get(kGetRecordsSuccess);
  stats.get_records_bytes = Get(kGetRecordsBytes);
  stats.get_records_records = Get(kGetRecordsRecords);
  stats.get_records_latency = get_records_latency_.snapshot();
  stats.get_records_iterator_age_ms = iterator_age_ms_.Get(clock_.MonotonicMs());
  stats.read_provisioned_throughput_exceeded = Get(kReadThroughputExceeded);
  stats.write_provisioned_throughput_exceeded = Get(kWriteThroughputExceeded);
  stats.subscribe_to_shard_calls = Get(kSubscribeCalls);
  stats.subscribe_to_shard_success = Get(kSubscribeSuccess);
  stats.subscribe_to_shard_rate_exceeded = Get(kSubscribeRateExceeded);
  return stats;
}

std::vector<std::pair<std::string, SubscriptionStats>> StreamMeter::Subscriptions() const {
  const int64_t now_ms = clock_.MonotonicMs();
  MutexLock lock(mutex_);
  std::vector<std::pair<std::string, SubscriptionStats>> all;
  all.reserve(consumers_.size());
  for (const auto& [name, consumer] : consumers_) {
    all.emplace_back(name, consumer.stats);
    all.back().second.millis_behind_latest = consumer.millis_behind_latest.Get(now_ms);
  }
  return all;
}

std::vector<std::pair<ShardIndex, ShardStats>> StreamMeter::Shards() const {
  const int64_t now_ms = clock_.MonotonicMs();
  MutexLock lock(mutex_);
  std::vector<std::pair<ShardIndex, ShardStats>> all;
  all.reserve(shards_.size());
  for (const auto& [shard, counts] : shards_) {
    all.emplace_back(shard, counts.stats);
    all.back().second.iterator_age_ms = counts.iterator_age_ms.Get(now_ms);
  }
  return all;
}

}  // namespace penstock::broker
