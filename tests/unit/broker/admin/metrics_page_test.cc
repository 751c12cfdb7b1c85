#include "broker/admin/metrics_page.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "broker/admin/admin_server.h"
#include "common/version.h"
#include "tests/support/control_pool.h"
#include "tests/support/fake_stream_directory.h"
#include "tests/support/http_connection.h"
#include "tests/support/memory_shard_log.h"

namespace penstock::broker {
namespace {

// A scrape, taken apart line by line as the text format 0.0.4 has it.
class Scrape {
 public:
  explicit Scrape(const std::string& text) {
    static const std::regex kHelp(R"(# HELP ([a-z_]+) (\S.*))");
    static const std::regex kType(R"(# TYPE ([a-z_]+) (counter|gauge|histogram))");
    static const std::regex kSample(
        R"(([a-z_]+)(\{([a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*)\})? ([0-9.e+-]+|\+Inf))");
    REQUIRE(!text.empty());
    CHECK(text.back() == '\n');
    std::istringstream lines(text);
    std::string family;
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      std::smatch match;
      if (std::regex_match(line, match, kHelp)) {
        family = match[1];
        // Every family once, with its samples together.
        REQUIRE(types_.count(family) == 0);
      } else if (std::regex_match(line, match, kType)) {
        REQUIRE(match[1] == family);
        types_[family] = match[2];
      } else {
        REQUIRE(std::regex_match(line, match, kSample));
        const std::string name = match[1];
        REQUIRE((name == family || (types_[family] == "histogram" && name.starts_with(family))));
        const std::string key = name + match[2].str();
        REQUIRE(samples_.count(key) == 0);
        samples_[key] = std::stod(match[5]);
      }
    }
  }

  const std::map<std::string, std::string>& types() const { return types_; }
  // By name and labels, as in the text.
  std::optional<double> At(const std::string& key) const {
    const auto found = samples_.find(key);
    if (found == samples_.end()) return std::nullopt;
    return found->second;
  }
  bool Has(const std::string& prefix) const {
    return std::any_of(samples_.begin(), samples_.end(),
                       [&](const auto& sample) { return sample.first.starts_with(prefix); });
  }

 private:
  std::map<std::string, std::string> types_;
  std::map<std::string, double> samples_;
};

struct FakeLags final : LagSource {
  std::vector<ConsumerLag> Lags() override {
    return {{"orders", "billing", "shardId-000000000002", 17, 2'500}};
  }
};

struct PageFixture {
  ManualClock clock{1'700'000'000'000};
  testing::MemoryShardLog log{&clock};
  testing::FakeStreamDirectory directory;
  StreamTable table;
  MethodMetrics methods{clock};
  StreamMeters meters{{.directory = &directory, .clock = &clock}};
  std::shared_ptr<ReadBudget> budget = std::make_shared<ReadBudget>(
      ReadLimitsInFlight{.bytes_max = 1'000, .connection_bytes_max = 500, .waits_max = 9});
  Readiness readiness{[] { return absl::OkStatus(); }};
  FakeLags lags;
  std::vector<storage::LaneStats> lanes{2};
  MetricsSources sources;
  HttpMetrics http;

  PageFixture() {
    StreamConfig config = testing::ActiveStream(1, "orders");
    config.shard_level_metrics = {ShardLevelMetric::kIncomingBytes, ShardLevelMetric::kIteratorAge};
    directory.Set(config, testing::OpenShards(4), log);
    table.Publish({std::make_shared<StreamSnapshot>(config, testing::OpenShards(4)), {}});
    StreamConfig creating = testing::ActiveStream(2, "new");
    creating.status = StreamStatus::kCreating;
    table.Publish({std::make_shared<StreamSnapshot>(creating, testing::OpenShards(1)), {}});
    sources.lanes = [this] { return lanes; };
    sources.methods = &methods;
    sources.streams = &meters;
    sources.stream_table = &table;
    sources.read_budget = budget.get();
    sources.lags = &lags;
    sources.readiness = &readiness;
    sources.data_dir = "/";
    sources.http = &http;
  }

  Scrape Render() const { return Scrape(MetricsPage(sources).Render().body); }
};

TEST_CASE_METHOD(PageFixture, "metrics page: broker, streams and shards") {
  const Scrape before = Render();
  CHECK(before.At("penstock_ready") == 0);
  readiness.SetServing();
  ReadBudget::Charge charge = budget->ChargeBytes("peer", 123);
  ReadBudget::Charge wait;
  REQUIRE(budget->ChargeWait(&wait).ok());
  const Scrape scrape = Render();
  CHECK(scrape.At("penstock_ready") == 1);
  CHECK(scrape.Has("penstock_build_info{version=\"" PENSTOCK_VERSION "\""));
  CHECK(scrape.At(R"(penstock_streams{status="ACTIVE"})") == 1);
  CHECK(scrape.At(R"(penstock_streams{status="CREATING"})") == 1);
  CHECK(scrape.At(R"(penstock_streams{status="DELETING"})") == 0);
  CHECK(scrape.At(R"(penstock_shards{state="open"})") == 5);
  CHECK(scrape.At(R"(penstock_shards{state="closed"})") == 0);
  CHECK(scrape.At("penstock_read_bytes") == 123);
  CHECK(scrape.At("penstock_read_bytes_limit") == 1'000);
  CHECK(scrape.At("penstock_read_waits") == 1);
  CHECK(scrape.At("penstock_read_waits_limit") == 9);
  CHECK(scrape.At("process_open_fds") > 0);
}

TEST_CASE_METHOD(PageFixture, "metrics page: lanes") {
  lanes[1].appends = 7;
  lanes[1].queue_bytes = 99;
  lanes[1].health = absl::UnavailableError("gone");
  LatencyHistogram sync;
  sync.Record(80);
  sync.Record(40'000'000);
  lanes[1].sync = sync.snapshot();
  const Scrape scrape = Render();
  CHECK(scrape.At(R"(penstock_lane_appends_total{lane="0"})") == 0);
  CHECK(scrape.At(R"(penstock_lane_appends_total{lane="1"})") == 7);
  CHECK(scrape.At(R"(penstock_lane_queue_bytes{lane="1"})") == 99);
  CHECK(scrape.At(R"(penstock_lane_healthy{lane="0"})") == 1);
  CHECK(scrape.At(R"(penstock_lane_healthy{lane="1"})") == 0);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_bucket{lane="1",le="5e-05"})") == 0);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_bucket{lane="1",le="0.0001"})") == 1);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_bucket{lane="1",le="30"})") == 1);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_bucket{lane="1",le="+Inf"})") == 2);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_count{lane="1"})") == 2);
  CHECK(scrape.At(R"(penstock_lane_sync_seconds_sum{lane="1"})") == 40.00008);
}

TEST_CASE_METHOD(PageFixture, "metrics page: methods") {
  MethodMeter& meter = methods.Get("penstock.v1.Streams/CreateStream");
  const MethodCall open(&meter);
  const MethodCall done(&meter);
  clock.AdvanceMs(3);
  done.End(MethodResult::Error(ErrorReason::kStreamAlreadyExists));
  const Scrape scrape = Render();
  const std::string labels = R"({service="penstock.v1.Streams",method="CreateStream")";
  CHECK(scrape.At("penstock_rpc_calls_total" + labels + R"(,code="OK",reason=""})") == 0);
  CHECK(scrape.At("penstock_rpc_calls_total" + labels +
                  R"(,code="ALREADY_EXISTS",reason="STREAM_ALREADY_EXISTS"})") == 1);
  CHECK(scrape.At("penstock_rpc_calls_in_flight" + labels + "}") == 1);
  CHECK(scrape.At("penstock_rpc_call_seconds_bucket" + labels + R"(,le="0.0025"})") == 0);
  CHECK(scrape.At("penstock_rpc_call_seconds_bucket" + labels + R"(,le="0.005"})") == 1);
}

TEST_CASE_METHOD(PageFixture, "metrics page: streams, their shards and consumers, and lag") {
  CHECK_FALSE(Render().Has("penstock_stream_"));
  const auto meter = meters.Get(StreamId(1));
  meter->OnPutRecord({.shard = ShardIndex(2), .bytes = 100, .latency_us = 300});
  meter->OnGetRecords({.shard = ShardIndex(2), .records = 1, .iterator_age_ms = 1'500});
  meter->OnSubscriptionEvent(
      {.consumer = "audit", .shard = ShardIndex(2), .records = 5, .millis_behind_latest = 250});
  const Scrape scrape = Render();
  CHECK(scrape.At(R"(penstock_stream_incoming_bytes_total{stream="orders"})") == 100);
  CHECK(scrape.At(R"(penstock_stream_put_record_success_total{stream="orders"})") == 1);
  CHECK(scrape.At(R"(penstock_stream_put_record_latency_seconds_count{stream="orders"})") == 1);
  CHECK(scrape.At(R"(penstock_stream_get_records_iterator_age_seconds{stream="orders"})") == 1.5);
  const std::string event = "penstock_stream_subscribe_to_shard_event_";
  const std::string audit = R"({stream="orders",consumer="audit"})";
  CHECK(scrape.At(event + "records_total" + audit) == 5);
  CHECK(scrape.At(event + "behind_latest_seconds" + audit) == 0.25);
  // Two of the shard metrics are on.
  const std::string shard = R"({stream="orders",shard="shardId-000000000002"})";
  CHECK(scrape.At("penstock_shard_incoming_bytes_total" + shard) == 100);
  CHECK(scrape.At("penstock_shard_iterator_age_seconds" + shard) == 1.5);
  CHECK_FALSE(scrape.Has("penstock_shard_incoming_records_total"));
  CHECK_FALSE(scrape.Has("penstock_shard_outgoing_"));

  const std::string lag = R"({stream="orders",consumer="billing",shard="shardId-000000000002"})";
  CHECK(scrape.At("penstock_consumer_lag_records" + lag) == 17);
  CHECK(scrape.At("penstock_consumer_lag_seconds" + lag) == 2.5);
}

TEST_CASE_METHOD(PageFixture, "metrics page: what there is no source for is left out") {
  sources = {};
  const Scrape scrape = Render();
  CHECK(scrape.Has("penstock_build_info"));
  CHECK_FALSE(scrape.Has("penstock_lane"));
  CHECK_FALSE(scrape.Has("penstock_consumer"));
}

// `docs/metrics.md` has a row for each metric: | `name` | type | labels | ...
TEST_CASE_METHOD(PageFixture, "metrics page: docs/metrics.md has every metric, with its type") {
  std::ifstream file(std::string(PENSTOCK_SOURCE_DIR) + "/docs/metrics.md");
  REQUIRE(file);
  static const std::regex kRow(R"(\| `([a-z_]+)` \| (counter|gauge|histogram) \|.*)");
  std::map<std::string, std::string> documented;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kRow)) documented[match[1]] = match[2];
  }
  CHECK(documented == Render().types());
}

TEST_CASE_METHOD(PageFixture,
                 "metrics page: alerts and operations.md name metrics that there are") {
  const std::map<std::string, std::string> types = Render().types();
  static const std::regex kName(R"((penstock|process)_[a-z_]+)");
  static const std::regex kPartOfHistogram("_(bucket|count|sum)$");
  for (const std::string path : {"/deploy/prometheus/penstock-alerts.yml", "/docs/operations.md"}) {
    std::ifstream file(PENSTOCK_SOURCE_DIR + path);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    size_t named = 0;
    for (std::sregex_iterator name(all.begin(), all.end(), kName), end; name != end; ++name) {
      const std::string whole = std::regex_replace(name->str(), kPartOfHistogram, "");
      INFO(path << ": " << whole);
      CHECK(types.count(whole) == 1);
      ++named;
    }
    CHECK(named >= 10);
  }
}

TEST_CASE_METHOD(PageFixture, "metrics page: a scrape over a socket is what was rendered") {
  meters.Get(StreamId(1))->OnPutRecord({.bytes = 100});
  const MetricsPage page(sources);
  testing::ControlPool pool;
  AdminServer::Options options;
  options.host = "127.0.0.1";
  options.executor = pool.executor();
  page.AddTo(&options.pages);
  const auto server = AdminServer::Start(std::move(options)).value();
  testing::HttpConnection connection(server->port());
  const testing::HttpResponse answer = connection.Get("/metrics");
  CHECK(answer.status == 200);
  CHECK(answer.Field("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(Scrape(answer.body).At(R"(penstock_stream_incoming_records_total{stream="orders"})") == 1);
}

}  // namespace
}  // namespace penstock::broker
