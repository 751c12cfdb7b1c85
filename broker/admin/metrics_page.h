// MetricsPage: /metrics, in the text format of Prometheus, 0.0.4.
//
// Pull model: nothing is kept here. At each scrape one collector for each kind of component reads
// its stats and makes metric families of them, which prometheus-cpp writes down. Thread-safe, as
// the sources are; slow (AdminPage): with 1,000 busy streams a scrape has some 80,000 lines.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/admin/admin_page.h"
#include "broker/admin/readiness.h"
#include "broker/http/http_metrics.h"
#include "broker/metrics/lag_source.h"
#include "broker/metrics/method_metrics.h"
#include "broker/metrics/stream_meters.h"
#include "broker/record/read_budget.h"
#include "broker/stream/stream_table.h"
#include "storage/lane_stats.h"

namespace prometheus {
class Collectable;
}  // namespace prometheus

namespace penstock::broker {

// Where the figures come from; what is null or empty is left out. All must outlive the page.
struct MetricsSources {
  std::function<std::vector<storage::LaneStats>()> lanes;
  const MethodMetrics* methods = nullptr;
  StreamMeters* streams = nullptr;
  const StreamTable* stream_table = nullptr;
  const ReadBudget* read_budget = nullptr;
  LagSource* lags = nullptr;
  const Readiness* readiness = nullptr;
  // Of the Kinesis endpoint.
  const HttpMetrics* http = nullptr;
  // The file system whose free space is shown.
  std::string data_dir;
};

class MetricsPage {
 public:
  explicit MetricsPage(const MetricsSources& sources);
  ~MetricsPage();

  AdminAnswer Render() const;
  // This must outlive the pages.
  void AddTo(AdminPages* pages) const;

 private:
  std::vector<std::unique_ptr<prometheus::Collectable>> collectors_;
};

}  // namespace penstock::broker
