#include "broker/admin/metric_family.h"

#include <limits>

namespace penstock::broker {

MetricFamily::MetricFamily(prometheus::MetricType type, std::string name, std::string help) {
  family_.name = std::move(name);
  family_.help = std::move(help);
  family_.type = type;
}

prometheus::ClientMetric& MetricFamily::AddSample(Labels labels) {
  prometheus::ClientMetric& sample = family_.metric.emplace_back();
  sample.label.reserve(labels.size());
  for (const MetricLabel& label : labels)
    sample.label.push_back({std::string(label.name), std::string(label.value)});
  return sample;
}

void MetricFamily::Add(Labels labels, double value) {
  prometheus::ClientMetric& sample = AddSample(labels);
  // The serializer takes the one that goes with the family's type.
  sample.counter.value = value;
  sample.gauge.value = value;
}

void MetricFamily::Add(Labels labels, const LatencyHistogram::Snapshot& latency) {
  prometheus::ClientMetric::Histogram& histogram = AddSample(labels).histogram;
  histogram.bucket.reserve(latency.counts.size());
  uint64_t cumulative = 0;
  for (size_t i = 0; i < latency.counts.size(); ++i) {
    cumulative += latency.counts[i];
    const double bound = i < LatencyHistogram::kBoundsUs.size()
                             ? static_cast<double>(LatencyHistogram::kBoundsUs[i]) / 1e6
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulative, bound});
  }
  histogram.sample_count = cumulative;
  histogram.sample_sum = static_cast<double>(latency.sum_us) / 1e6;
}

MetricFamily Counter(std::string name, std::string help) {
  return {prometheus::MetricType::Counter, std::move(name), std::move(help)};
}
MetricFamily Gauge(std::string name, std::string help) {
  return {prometheus::MetricType::Gauge, std::move(name), std::move(help)};
}
MetricFamily Histogram(std::string name, std::string help) {
  return {prometheus::MetricType::Histogram, std::move(name), std::move(help)};
}

}  // namespace penstock::broker
