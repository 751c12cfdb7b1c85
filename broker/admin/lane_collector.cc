#include "broker/admin/lane_collector.h"

#include <array>
#include <string>

#include "broker/admin/metric_family.h"

namespace penstock::broker {
namespace {

using storage::LaneStats;

struct LaneMetric {
  MetricFamily (*make)(std::string name, std::string help);
  const char* name;
  const char* help;
  double (*value)(const LaneStats& lane);
};

template <auto kField>
double Value(const LaneStats& lane) {
  return static_cast<double>(lane.*kField);
}

constexpr std::array kMetrics = {
    LaneMetric{Counter, "penstock_lane_appends_total", "Batches synced to disk and answered.",
               Value<&LaneStats::appends>},
    LaneMetric{Counter, "penstock_lane_append_bytes_total", "Bytes of the batches appended.",
               Value<&LaneStats::append_bytes>},
    LaneMetric{Counter, "penstock_lane_appends_refused_total",
               "Batches refused because the queue was full.", Value<&LaneStats::appends_refused>},
    LaneMetric{Counter, "penstock_lane_rounds_total",
               "Rounds of the committer that were synced; several may share a sync.",
               Value<&LaneStats::rounds>},
    LaneMetric{Gauge, "penstock_lane_queue_commands", "Commands that wait for the committer.",
               Value<&LaneStats::queue_commands>},
    LaneMetric{Gauge, "penstock_lane_queue_commands_limit",
               "Commands in the queue from which on appends are refused.",
               Value<&LaneStats::queue_commands_max>},
    LaneMetric{Gauge, "penstock_lane_queue_bytes", "Bytes of batches that wait for the committer.",
               Value<&LaneStats::queue_bytes>},
    LaneMetric{Gauge, "penstock_lane_queue_bytes_limit",
               "Bytes in the queue past which appends are refused.",
               Value<&LaneStats::queue_bytes_max>},
    LaneMetric{Gauge, "penstock_lane_tail_bytes", "Recent batches kept in memory for readers.",
               Value<&LaneStats::tail_bytes>},
    LaneMetric{Gauge, "penstock_lane_tail_bytes_limit",
               "Bytes of recent batches that memory may hold.", Value<&LaneStats::tail_bytes_max>},
    LaneMetric{Gauge, "penstock_lane_file_bytes", "Bytes of RocksDB's files, without its log.",
               Value<&LaneStats::file_bytes>},
    LaneMetric{Gauge, "penstock_lane_shards", "Shards stored on the lane.",
               Value<&LaneStats::shards>},
    LaneMetric{Gauge, "penstock_lane_healthy",
               "1 while the lane takes records; 0 after an I/O error, until a restart.",
               [](const LaneStats& lane) { return lane.health.ok() ? 1.0 : 0.0; }},
};

}  // namespace

std::vector<prometheus::MetricFamily> LaneCollector::Collect() const {
  const std::vector<LaneStats> lanes = source_();
  std::vector<prometheus::MetricFamily> families;
  for (const LaneMetric& metric : kMetrics) {
    MetricFamily family = metric.make(metric.name, metric.help);
    for (size_t i = 0; i < lanes.size(); ++i)
      family.Add({{"lane", std::to_string(i)}}, metric.value(lanes[i]));
    families.push_back(std::move(family).Take());
  }
  MetricFamily write =
      Histogram("penstock_lane_write_seconds", "Time to write a round to RocksDB, unsynced.");
  MetricFamily sync = Histogram("penstock_lane_sync_seconds", "Time to sync RocksDB's log.");
  for (size_t i = 0; i < lanes.size(); ++i) {
    write.Add({{"lane", std::to_string(i)}}, lanes[i].write);
    sync.Add({{"lane", std::to_string(i)}}, lanes[i].sync);
  }
  families.push_back(std::move(write).Take());
  families.push_back(std::move(sync).Take());
  return families;
}

}  // namespace penstock::broker
