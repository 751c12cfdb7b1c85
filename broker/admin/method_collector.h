// MethodCollector: the methods of the API, for a scrape.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

class MethodCollector final : public prometheus::Collectable {
 public:
  explicit MethodCollector(const MethodMetrics& methods) : methods_(methods) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const MethodMetrics& methods_;
};

}  // namespace penstock::broker
