#include "broker/admin/http_collector.h"

#include <string>
#include <utility>

#include "broker/admin/metric_family.h"

namespace penstock::broker {
namespace {

prometheus::MetricFamily CounterOf(std::string name, std::string help, const HttpCounter& counter) {
  MetricFamily family = Counter(std::move(name), std::move(help));
  family.Add({}, counter.value());
  return std::move(family).Take();
}

prometheus::MetricFamily GaugeOf(std::string name, std::string help, const HttpGauge& gauge) {
  MetricFamily family = Gauge(std::move(name), std::move(help));
  family.Add({}, static_cast<double>(gauge.value()));
  return std::move(family).Take();
}

}  // namespace

std::vector<prometheus::MetricFamily> HttpCollector::Collect() const {
  MetricFamily requests =
      Counter("penstock_kinesis_http_requests_total",
              "Requests to the Kinesis endpoint whose fields were read, by protocol.");
  requests.Add({{"protocol", "http1"}}, metrics_.http1_requests_total.value());
  requests.Add({{"protocol", "http2"}}, metrics_.http2_requests_total.value());
  MetricFamily refusals =
      Counter("penstock_kinesis_http_refusals_total",
              "Requests and connections that the Kinesis endpoint refused or ended, by reason.");
  for (size_t i = 0; i < kHttpRefusals; ++i) {
    refusals.Add({{"reason", kHttpRefusalNames[i]}}, metrics_.refused(static_cast<HttpRefusal>(i)));
  }
  std::vector<prometheus::MetricFamily> families;
  families.push_back(CounterOf("penstock_kinesis_connections_total",
                               "Connections to the Kinesis endpoint.", metrics_.connections_total));
  families.push_back(GaugeOf("penstock_kinesis_connections",
                             "Connections to the Kinesis endpoint that are open.",
                             metrics_.connections_open));
  families.push_back(CounterOf("penstock_kinesis_tls_handshakes_total",
                               "TLS handshakes that succeeded.", metrics_.tls_handshakes_total));
  families.push_back(std::move(requests).Take());
  families.push_back(std::move(refusals).Take());
  families.push_back(CounterOf("penstock_kinesis_request_body_bytes_total",
                               "Bytes of request bodies.", metrics_.body_bytes_total));
  families.push_back(CounterOf("penstock_kinesis_response_bytes_total", "Bytes of answers' bodies.",
                               metrics_.response_bytes_total));
  families.push_back(GaugeOf("penstock_kinesis_bytes_held",
                             "Bytes of request bodies and answers that are in memory.",
                             metrics_.bytes_held));
  families.push_back(GaugeOf("penstock_kinesis_certificate_not_after_seconds",
                             "Unix time at which the certificate expires; 0 without TLS.",
                             metrics_.certificate_not_after_s));
  return families;
}

}  // namespace penstock::broker
