#include "broker/admin/metrics_page.h"

#include <iterator>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>

#include "broker/admin/broker_collector.h"
#include "broker/admin/http_collector.h"
#include "broker/admin/lag_collector.h"
#include "broker/admin/lane_collector.h"
#include "broker/admin/method_collector.h"
#include "broker/admin/stream_collector.h"

namespace penstock::broker {

MetricsPage::MetricsPage(const MetricsSources& sources) {
  collectors_.push_back(std::make_unique<BrokerCollector>(sources));
  if (sources.lanes) collectors_.push_back(std::make_unique<LaneCollector>(sources.lanes));
  if (sources.methods != nullptr)
    collectors_.push_back(std::make_unique<MethodCollector>(*sources.methods));
  if (sources.streams != nullptr)
    collectors_.push_back(std::make_unique<StreamCollector>(*sources.streams));
  if (sources.http != nullptr)
    collectors_.push_back(std::make_unique<HttpCollector>(*sources.http));
  if (sources.lags != nullptr) collectors_.push_back(std::make_unique<LagCollector>(*sources.lags));
}

MetricsPage::~MetricsPage() = default;

AdminAnswer MetricsPage::Render() const {
  std::vector<prometheus::MetricFamily> families;
  for (const std::unique_ptr<prometheus::Collectable>& collector : collectors_) {
    std::vector<prometheus::MetricFamily> collected = collector->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          prometheus::TextSerializer().Serialize(families)};
}

void MetricsPage::AddTo(AdminPages* pages) const {
  (*pages)["/metrics"] = {[this] { return Render(); }, /*slow=*/true};
}

}  // namespace penstock::broker
