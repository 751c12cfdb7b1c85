#include "broker/admin/method_collector.h"

#include <string_view>

#include "broker/admin/metric_family.h"

namespace penstock::broker {

std::vector<prometheus::MetricFamily> MethodCollector::Collect() const {
  MetricFamily calls =
      Counter("penstock_rpc_calls_total", "Calls answered, by canonical code and reason.");
  MetricFamily in_flight = Gauge("penstock_rpc_calls_in_flight", "Calls not yet answered.");
  MetricFamily duration =
      Histogram("penstock_rpc_call_seconds",
                "Time from receiving a call to answering it, with any wait for records.");
  for (const MethodMetrics::Entry& entry : methods_.All()) {
    const std::string_view name = entry.method;
    const size_t slash = name.find('/');
    const std::string_view service = name.substr(0, slash);
    const std::string_view method =
        slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
    for (const MethodMeter::Count& count : entry.meter->Counts()) {
      calls.Add({{"service", service},
                 {"method", method},
                 {"code", count.result.CodeName()},
                 {"reason", count.result.ReasonName()}},
                count.calls);
    }
    in_flight.Add({{"service", service}, {"method", method}}, entry.meter->InFlight());
    duration.Add({{"service", service}, {"method", method}}, entry.meter->Duration());
  }
  std::vector<prometheus::MetricFamily> families;
  families.push_back(std::move(calls).Take());
  families.push_back(std::move(in_flight).Take());
  families.push_back(std::move(duration).Take());
  return families;
}

}  // namespace penstock::broker
