// StreamCollector: streams, their registered consumers and, where they are asked for, their shards,
// for a scrape. docs/metrics.md has the names that Kinesis gives these figures.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include "broker/metrics/stream_meters.h"

namespace penstock::broker {

class StreamCollector final : public prometheus::Collectable {
 public:
  explicit StreamCollector(StreamMeters& meters) : meters_(meters) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  StreamMeters& meters_;
};

}  // namespace penstock::broker
