// StreamStats and ShardStats: what a stream and its shards have taken and given, as plain values.
//
// The names are those of the metrics of Kinesis (Amazon Kinesis Data Streams Developer Guide,
// "Monitoring with CloudWatch"), which docs/metrics.md maps to those of Prometheus. Counters run
// from when the stream was first used after the start of the broker, and never go back. Bytes are
// those of data and partition keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ids.h"
#include "common/latency_histogram.h"

namespace penstock::broker {

struct StreamStats {
  // Records stored, over every method.
  uint64_t incoming_bytes = 0;
  uint64_t incoming_records = 0;

  uint64_t put_record_calls = 0;
  uint64_t put_record_success = 0;
  uint64_t put_record_bytes = 0;
  LatencyHistogram::Snapshot put_record_latency;

  uint64_t put_records_calls = 0;
  // Calls of which at least one record was stored.
  uint64_t put_records_success = 0;
  uint64_t put_records_bytes = 0;
  uint64_t put_records_total_records = 0;
  uint64_t put_records_successful_records = 0;
  uint64_t put_records_failed_records = 0;
  uint64_t put_records_throttled_records = 0;
  LatencyHistogram::Snapshot put_records_latency;

  uint64_t get_records_calls = 0;
  uint64_t get_records_success = 0;
  uint64_t get_records_bytes = 0;
  uint64_t get_records_records = 0;
  LatencyHistogram::Snapshot get_records_latency;
  // The largest of the last one to two minutes.
  int64_t get_records_iterator_age_ms = 0;

  // Calls that read, and records that were to be stored, refused for the throughput.
  uint64_t read_provisioned_throughput_exceeded = 0;
  uint64_t write_provisioned_throughput_exceeded = 0;

  uint64_t subscribe_to_shard_calls = 0;
  uint64_t subscribe_to_shard_success = 0;
  uint64_t subscribe_to_shard_rate_exceeded = 0;
};

// Of one registered consumer.
struct SubscriptionStats {
  uint64_t events = 0;
  uint64_t events_success = 0;
  uint64_t bytes = 0;
  uint64_t records = 0;
  // The largest of the last one to two minutes.
  int64_t millis_behind_latest = 0;
};

// Of a shard of a stream whose shard level metrics are on.
struct ShardStats {
  uint64_t incoming_bytes = 0;
  uint64_t incoming_records = 0;
  uint64_t outgoing_bytes = 0;
  uint64_t outgoing_records = 0;
  uint64_t write_provisioned_throughput_exceeded = 0;
  uint64_t read_provisioned_throughput_exceeded = 0;
  // The largest of the last one to two minutes.
  int64_t iterator_age_ms = 0;
};

}  // namespace penstock::broker
