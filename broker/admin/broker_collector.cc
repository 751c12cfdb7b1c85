#include "broker/admin/broker_collector.h"

#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/admin/metric_family.h"
#include "broker/metrics/process_stats.h"
#include "common/limits.h"
#include "common/version.h"

namespace penstock::broker {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void AddGauge(const char* name, const char* help, double value, Families& families) {
  MetricFamily family = Gauge(name, help);
  family.Add({}, value);
  families.push_back(std::move(family).Take());
}

void AddBuild(Families& families) {
  MetricFamily build = Gauge("penstock_build_info", "1; the labels say what is running.");
  build.Add({{"version", PENSTOCK_VERSION}, {"compiler", __VERSION__}}, 1.0);
  families.push_back(std::move(build).Take());
}

void AddStreams(const StreamTable& table, Families& families) {
  std::map<StreamStatus, uint64_t> by_status = {{StreamStatus::kCreating, 0},
                                                {StreamStatus::kActive, 0},
                                                {StreamStatus::kUpdating, 0},
                                                {StreamStatus::kDeleting, 0}};
  uint64_t open = 0;
  uint64_t closed = 0;
  for (const auto& stream : table.ListAfter("", std::numeric_limits<size_t>::max())) {
    ++by_status[stream->config().status];
    open += stream->open_shard_count();
    closed += stream->shards().size() - stream->open_shard_count();
  }
  MetricFamily streams = Gauge("penstock_streams", "Streams of this broker, by status.");
  for (const auto& [status, count] : by_status)
    streams.Add({{"status", StreamStatusName(status)}}, count);
  MetricFamily shards = Gauge("penstock_shards", "Shards of this broker's streams, by state.");
  shards.Add({{"state", "open"}}, open);
  shards.Add({{"state", "closed"}}, closed);
  families.push_back(std::move(streams).Take());
  families.push_back(std::move(shards).Take());
  AddGauge("penstock_streams_limit", "Streams that this broker may have.", kStreamsMax, families);
  AddGauge("penstock_shards_limit", "Shards that this broker may have.", kShardsMax, families);
}

void AddReads(const ReadBudget& budget, Families& families) {
  AddGauge("penstock_read_waits", "GetRecords calls that wait for records.",
           static_cast<double>(budget.waits_in_use()), families);
  AddGauge("penstock_read_waits_limit", "GetRecords calls that may wait at once.",
           static_cast<double>(budget.limits().waits_max), families);
  AddGauge("penstock_read_bytes", "Bytes of answers to reads that are made and not yet sent.",
           static_cast<double>(budget.bytes_in_use()), families);
  AddGauge("penstock_read_bytes_limit",
           "Bytes of answers to reads past which further reads are refused.",
           static_cast<double>(budget.limits().bytes_max), families);
}

template <typename Number>
struct ProcessGauge {
  const char* name;
  const char* help;
  std::optional<Number> ProcessStats::*field;
};

constexpr std::array kProcessGauges = {
    ProcessGauge<uint64_t>{"process_resident_memory_bytes", "Resident memory.",
                           &ProcessStats::resident_bytes},
    ProcessGauge<uint64_t>{"process_virtual_memory_bytes", "Virtual memory.",
                           &ProcessStats::virtual_bytes},
    ProcessGauge<uint64_t>{"process_open_fds", "Open file descriptors.", &ProcessStats::open_fds},
    ProcessGauge<uint64_t>{"process_max_fds", "File descriptors that may be open.",
                           &ProcessStats::max_fds},
    ProcessGauge<uint64_t>{"process_threads", "Threads.", &ProcessStats::threads},
    ProcessGauge<uint64_t>{"penstock_data_disk_bytes",
                           "Size of the file system that the data directory is on.",
                           &ProcessStats::disk_bytes},
    ProcessGauge<uint64_t>{"penstock_data_disk_free_bytes",
                           "Bytes free on the file system that the data directory is on.",
                           &ProcessStats::disk_free_bytes},
};

void AddProcess(const std::string& data_dir, Families& families) {
  const ProcessStats stats = ReadProcessStats(data_dir);
  for (const auto& gauge : kProcessGauges) {
    if (const std::optional<uint64_t> value = stats.*gauge.field)
      AddGauge(gauge.name, gauge.help, static_cast<double>(*value), families);
  }
  if (stats.start_time_seconds.has_value()) {
    AddGauge("process_start_time_seconds", "When the process started, since 1970-01-01 UTC.",
             *stats.start_time_seconds, families);
  }
  if (stats.cpu_seconds.has_value()) {
    MetricFamily cpu = Counter("process_cpu_seconds_total", "Processor time used.");
    cpu.Add({}, *stats.cpu_seconds);
    families.push_back(std::move(cpu).Take());
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> BrokerCollector::Collect() const {
  Families families;
  AddBuild(families);
  if (sources_.readiness != nullptr) {
    AddGauge("penstock_ready", "1 while the broker should be sent work, as /readyz says.",
             sources_.readiness->WhyNot().empty() ? 1 : 0, families);
  }
  if (sources_.stream_table != nullptr) AddStreams(*sources_.stream_table, families);
  if (sources_.read_budget != nullptr) AddReads(*sources_.read_budget, families);
  AddProcess(sources_.data_dir, families);
  return families;
}

}  // namespace penstock::broker
