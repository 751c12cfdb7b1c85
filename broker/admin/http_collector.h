// HttpCollector: the figures of the Kinesis endpoint's HTTP server, as metric families.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "broker/http/http_metrics.h"

namespace penstock::broker {

class HttpCollector final : public prometheus::Collectable {
 public:
  explicit HttpCollector(const HttpMetrics& metrics) : metrics_(metrics) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const HttpMetrics& metrics_;
};

}  // namespace penstock::broker
