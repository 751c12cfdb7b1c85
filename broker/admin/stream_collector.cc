#include "broker/admin/stream_collector.h"

#include <array>
#include <string>
#include <utility>

#include "broker/admin/metric_family.h"

namespace penstock::broker {
namespace {

struct StreamCounter {
  const char* name;
  const char* help;
  uint64_t StreamStats::*field;
};

constexpr std::array kStreamCounters = {
    StreamCounter{"penstock_stream_incoming_bytes_total",
                  "Bytes of data and partition keys stored.", &StreamStats::incoming_bytes},
    StreamCounter{"penstock_stream_incoming_records_total", "Records stored.",
                  &StreamStats::incoming_records},
    StreamCounter{"penstock_stream_put_record_calls_total", "PutRecord calls answered.",
                  &StreamStats::put_record_calls},
    StreamCounter{"penstock_stream_put_record_success_total",
                  "PutRecord calls that stored their record.", &StreamStats::put_record_success},
    StreamCounter{"penstock_stream_put_record_bytes_total", "Bytes stored by PutRecord.",
                  &StreamStats::put_record_bytes},
    StreamCounter{"penstock_stream_put_records_calls_total", "PutRecords calls answered.",
                  &StreamStats::put_records_calls},
    StreamCounter{"penstock_stream_put_records_success_total",
                  "PutRecords calls that stored at least one record.",
                  &StreamStats::put_records_success},
    StreamCounter{"penstock_stream_put_records_bytes_total", "Bytes stored by PutRecords.",
                  &StreamStats::put_records_bytes},
    StreamCounter{"penstock_stream_put_records_total_records_total", "Records in PutRecords calls.",
                  &StreamStats::put_records_total_records},
    StreamCounter{"penstock_stream_put_records_successful_records_total",
                  "Records of PutRecords calls that were stored.",
                  &StreamStats::put_records_successful_records},
    StreamCounter{"penstock_stream_put_records_failed_records_total",
                  "Records of PutRecords calls that were not stored, throttled ones apart.",
                  &StreamStats::put_records_failed_records},
    StreamCounter{"penstock_stream_put_records_throttled_records_total",
                  "Records of PutRecords calls that were throttled.",
                  &StreamStats::put_records_throttled_records},
    StreamCounter{"penstock_stream_get_records_calls_total", "GetRecords calls answered.",
                  &StreamStats::get_records_calls},
    StreamCounter{"penstock_stream_get_records_success_total",
                  "GetRecords calls answered without an error.", &StreamStats::get_records_success},
    StreamCounter{"penstock_stream_get_records_bytes_total", "Bytes given by GetRecords.",
                  &StreamStats::get_records_bytes},
    StreamCounter{"penstock_stream_get_records_records_total", "Records given by GetRecords.",
                  &StreamStats::get_records_records},
    StreamCounter{"penstock_stream_read_throughput_exceeded_total",
                  "Calls that read and were throttled.",
                  &StreamStats::read_provisioned_throughput_exceeded},
    StreamCounter{"penstock_stream_write_throughput_exceeded_total",
                  "Records that were to be stored and were throttled.",
                  &StreamStats::write_provisioned_throughput_exceeded},
    StreamCounter{"penstock_stream_subscribe_to_shard_calls_total",
                  "SubscribeToShard calls answered.", &StreamStats::subscribe_to_shard_calls},
    StreamCounter{"penstock_stream_subscribe_to_shard_success_total", "Subscriptions that began.",
                  &StreamStats::subscribe_to_shard_success},
    StreamCounter{
        "penstock_stream_subscribe_to_shard_rate_exceeded_total",
        "SubscribeToShard calls refused because there was a subscription, or too many calls.",
        &StreamStats::subscribe_to_shard_rate_exceeded},
};

struct StreamLatency {
  const char* name;
  const char* help;
  LatencyHistogram::Snapshot StreamStats::*field;
};

constexpr std::array kStreamLatencies = {
    StreamLatency{"penstock_stream_put_record_latency_seconds", "Time of a PutRecord.",
                  &StreamStats::put_record_latency},
    StreamLatency{"penstock_stream_put_records_latency_seconds", "Time of a PutRecords.",
                  &StreamStats::put_records_latency},
    StreamLatency{"penstock_stream_get_records_latency_seconds",
                  "Time of a GetRecords, without the wait for records.",
                  &StreamStats::get_records_latency},
};

struct ConsumerCounter {
  const char* name;
  const char* help;
  uint64_t SubscriptionStats::*field;
};

constexpr std::array kConsumerCounters = {
    ConsumerCounter{"penstock_stream_subscribe_to_shard_event_events_total",
                    "Events of subscriptions, those that could not be sent too.",
                    &SubscriptionStats::events},
    ConsumerCounter{"penstock_stream_subscribe_to_shard_event_success_total",
                    "Events that were sent.", &SubscriptionStats::events_success},
    ConsumerCounter{"penstock_stream_subscribe_to_shard_event_bytes_total",
                    "Bytes given by subscriptions.", &SubscriptionStats::bytes},
    ConsumerCounter{"penstock_stream_subscribe_to_shard_event_records_total",
                    "Records given by subscriptions.", &SubscriptionStats::records},
};

struct ShardCounter {
  ShardLevelMetric metric;
  const char* name;
  const char* help;
  uint64_t ShardStats::*field;
};

constexpr std::array kShardCounters = {
    ShardCounter{ShardLevelMetric::kIncomingBytes, "penstock_shard_incoming_bytes_total",
                 "Bytes of data and partition keys stored in the shard.",
                 &ShardStats::incoming_bytes},
    ShardCounter{ShardLevelMetric::kIncomingRecords, "penstock_shard_incoming_records_total",
                 "Records stored in the shard.", &ShardStats::incoming_records},
    ShardCounter{ShardLevelMetric::kOutgoingBytes, "penstock_shard_outgoing_bytes_total",
                 "Bytes given from the shard.", &ShardStats::outgoing_bytes},
    ShardCounter{ShardLevelMetric::kOutgoingRecords, "penstock_shard_outgoing_records_total",
                 "Records given from the shard.", &ShardStats::outgoing_records},
    ShardCounter{ShardLevelMetric::kWriteThroughputExceeded,
                 "penstock_shard_write_throughput_exceeded_total",
                 "Records for the shard that were throttled.",
                 &ShardStats::write_provisioned_throughput_exceeded},
    ShardCounter{ShardLevelMetric::kReadThroughputExceeded,
                 "penstock_shard_read_throughput_exceeded_total",
                 "Calls that read from the shard and were throttled.",
                 &ShardStats::read_provisioned_throughput_exceeded},
};

// A stream's figures, read once for all families.
struct Stream {
  std::string name;
  StreamStats stats;
  std::vector<std::pair<std::string, SubscriptionStats>> consumers;
  ShardMetricSet shard_metrics;
  std::vector<std::pair<ShardIndex, ShardStats>> shards;
};

std::vector<Stream> ReadAll(StreamMeters& meters) {
  std::vector<Stream> streams;
  for (const StreamMeters::Entry& entry : meters.All()) {
    const StreamMeter& meter = *entry.meter;
    streams.push_back({entry.stream, meter.Stats(), meter.Subscriptions(), meter.shard_metrics(),
                       meter.Shards()});
  }
  return streams;
}

using Families = std::vector<prometheus::MetricFamily>;

void AddStreams(const std::vector<Stream>& streams, Families& families) {
  for (const StreamCounter& counter : kStreamCounters) {
    MetricFamily family = Counter(counter.name, counter.help);
    for (const Stream& stream : streams)
      family.Add({{"stream", stream.name}}, stream.stats.*counter.field);
    families.push_back(std::move(family).Take());
  }
  for (const StreamLatency& latency : kStreamLatencies) {
    MetricFamily family = Histogram(latency.name, latency.help);
    for (const Stream& stream : streams)
      family.Add({{"stream", stream.name}}, stream.stats.*latency.field);
    families.push_back(std::move(family).Take());
  }
  MetricFamily age = Gauge("penstock_stream_get_records_iterator_age_seconds",
                           "Largest age of the last record that a GetRecords gave, of the last one "
                           "to two minutes.");
  for (const Stream& stream : streams)
    age.Add({{"stream", stream.name}}, Seconds(stream.stats.get_records_iterator_age_ms));
  families.push_back(std::move(age).Take());
}

void AddConsumers(const std::vector<Stream>& streams, Families& families) {
  for (const ConsumerCounter& counter : kConsumerCounters) {
    MetricFamily family = Counter(counter.name, counter.help);
    for (const Stream& stream : streams) {
      for (const auto& [consumer, stats] : stream.consumers)
        family.Add({{"stream", stream.name}, {"consumer", consumer}}, stats.*counter.field);
    }
    families.push_back(std::move(family).Take());
  }
  MetricFamily behind =
      Gauge("penstock_stream_subscribe_to_shard_event_behind_latest_seconds",
            "Largest time that a subscription's event was behind the tip of its shard, of the last "
            "one to two minutes.");
  for (const Stream& stream : streams) {
    for (const auto& [consumer, stats] : stream.consumers) {
      behind.Add({{"stream", stream.name}, {"consumer", consumer}},
                 Seconds(stats.millis_behind_latest));
    }
  }
  families.push_back(std::move(behind).Take());
}

void AddShards(const std::vector<Stream>& streams, Families& families) {
  for (const ShardCounter& counter : kShardCounters) {
    MetricFamily family = Counter(counter.name, counter.help);
    for (const Stream& stream : streams) {
      if (!stream.shard_metrics.Has(counter.metric)) continue;
      for (const auto& [shard, stats] : stream.shards) {
        family.Add({{"stream", stream.name}, {"shard", FormatShardId(shard)}},
                   stats.*counter.field);
      }
    }
    families.push_back(std::move(family).Take());
  }
  MetricFamily age = Gauge("penstock_shard_iterator_age_seconds",
                           "Largest age of the last record that a GetRecords gave from the shard, "
                           "of the last one to two minutes.");
  for (const Stream& stream : streams) {
    if (!stream.shard_metrics.Has(ShardLevelMetric::kIteratorAge)) continue;
    for (const auto& [shard, stats] : stream.shards) {
      age.Add({{"stream", stream.name}, {"shard", FormatShardId(shard)}},
              Seconds(stats.iterator_age_ms));
    }
  }
  families.push_back(std::move(age).Take());
}

}  // namespace

std::vector<prometheus::MetricFamily> StreamCollector::Collect() const {
  const std::vector<Stream> streams = ReadAll(meters_);
  Families families;
  AddStreams(streams, families);
  AddConsumers(streams, families);
  AddShards(streams, families);
  return families;
}

}  // namespace penstock::broker
