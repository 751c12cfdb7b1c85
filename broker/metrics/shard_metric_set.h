// ShardMetricSet: which shard level metrics are on, as one byte that an atomic can hold.
#pragma once

#include <cstdint>
#include <span>

#include "broker/stream/stream_config.h"

namespace penstock::broker {

class ShardMetricSet {
 public:
  constexpr ShardMetricSet() = default;
  static constexpr ShardMetricSet Of(std::span<const ShardLevelMetric> metrics) {
    ShardMetricSet set;
    for (const ShardLevelMetric metric : metrics) set.bits_ |= BitOf(metric);
    return set;
  }
  static constexpr ShardMetricSet FromBits(uint8_t bits) {
    ShardMetricSet set;
    set.bits_ = bits;
    return set;
  }

  constexpr bool Has(ShardLevelMetric metric) const { return (bits_ & BitOf(metric)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint8_t bits() const { return bits_; }

  friend constexpr bool operator==(ShardMetricSet, ShardMetricSet) = default;

 private:
  static constexpr uint8_t BitOf(ShardLevelMetric metric) {
    static_assert(static_cast<int>(ShardLevelMetric::kIteratorAge) < 8);
    return static_cast<uint8_t>(1u << static_cast<uint8_t>(metric));
  }

  uint8_t bits_ = 0;
};

}  // namespace penstock::broker
