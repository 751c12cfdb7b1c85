#include "broker/admin/lag_collector.h"

#include "broker/admin/metric_family.h"

namespace penstock::broker {

std::vector<prometheus::MetricFamily> LagCollector::Collect() const {
  MetricFamily records =
      Gauge("penstock_consumer_lag_records", "Records stored that the consumer has not come to.");
  MetricFamily seconds =
      Gauge("penstock_consumer_lag_seconds",
            "Age of the first record that the consumer has not come to; 0 if there is none.");
  for (const ConsumerLag& lag : source_.Lags()) {
    const MetricFamily::Labels labels = {
        {"stream", lag.stream}, {"consumer", lag.consumer}, {"shard", lag.shard_id}};
    records.Add(labels, lag.records_behind);
    seconds.Add(labels, Seconds(lag.millis_behind));
  }
  std::vector<prometheus::MetricFamily> families;
  families.push_back(std::move(records).Take());
  families.push_back(std::move(seconds).Take());
  return families;
}

}  // namespace penstock::broker
