// LagCollector: how far consumers are behind, for a scrape.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "broker/metrics/lag_source.h"

namespace penstock::broker {

class LagCollector final : public prometheus::Collectable {
 public:
  explicit LagCollector(LagSource& source) : source_(source) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  LagSource& source_;
};

}  // namespace penstock::broker
