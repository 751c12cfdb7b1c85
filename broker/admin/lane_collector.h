// LaneCollector: the lanes of storage, for a scrape.
#pragma once

#include <functional>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <utility>
#include <vector>

#include "storage/lane_stats.h"

namespace penstock::broker {

class LaneCollector final : public prometheus::Collectable {
 public:
  using Source = std::function<std::vector<storage::LaneStats>()>;

  explicit LaneCollector(Source source) : source_(std::move(source)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Source source_;
};

}  // namespace penstock::broker
