// BrokerCollector: the broker as a whole, for a scrape: what it is, whether it is ready, its
// streams, its reads under way, its process and its disk.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "broker/admin/metrics_page.h"

namespace penstock::broker {

class BrokerCollector final : public prometheus::Collectable {
 public:
  explicit BrokerCollector(const MetricsSources& sources) : sources_(sources) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const MetricsSources sources_;
};

}  // namespace penstock::broker
