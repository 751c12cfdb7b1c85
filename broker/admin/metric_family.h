// MetricFamily: one metric with its samples, built up for a scrape.
//
//   MetricFamily appends = Counter("penstock_lane_appends_total", "Batches stored.");
//   appends.Add({{"lane", "0"}}, 17);
//
// Names follow Prometheus: base units (seconds, bytes) last, _total for counters. docs/metrics.md
// lists them all, and a test compares.
#pragma once

#include <initializer_list>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/latency_histogram.h"

namespace penstock::broker {

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

class MetricFamily {
 public:
  MetricFamily(prometheus::MetricType type, std::string name, std::string help);

  using Labels = std::initializer_list<MetricLabel>;
  // Of a counter or gauge.
  void Add(Labels labels, double value);
  void Add(Labels labels, uint64_t value) { Add(labels, static_cast<double>(value)); }
  // Of a histogram; in seconds.
  void Add(Labels labels, const LatencyHistogram::Snapshot& latency);

  prometheus::MetricFamily Take() && { return std::move(family_); }

 private:
  prometheus::ClientMetric& AddSample(Labels labels);

  prometheus::MetricFamily family_;
};

MetricFamily Counter(std::string name, std::string help);
MetricFamily Gauge(std::string name, std::string help);
MetricFamily Histogram(std::string name, std::string help);

inline double Seconds(int64_t ms) {
  return static_cast<double>(ms) / 1e3;
}

}  // namespace penstock::broker
