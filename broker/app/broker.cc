#include "broker/app/broker.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/admin/admin_server.h"
#include "broker/admin/metrics_page.h"
#include "broker/admin/readiness.h"
#include "broker/admin/status_pages.h"
#include "broker/app/health_watch.h"
#include "broker/app/kinesis_door.h"
#include "broker/app/scaling_job.h"
#include "broker/cluster/embedded_metadata_store.h"
#include "broker/encryption/key_service.h"
#include "broker/encryption/open_key_service.h"
#include "broker/encryption/stream_cipher.h"
#include "broker/grpc/account_service.h"
#include "broker/grpc/batches_service.h"
#include "broker/grpc/consumers_service.h"
#include "broker/grpc/grpc_log.h"
#include "broker/grpc/grpc_server.h"
#include "broker/grpc/records_service.h"
#include "broker/grpc/streams_service.h"
#include "broker/limit/disk_budget.h"
#include "broker/limit/disk_watch.h"
#include "broker/limit/shard_limiters.h"
#include "broker/load/load_meter.h"
#include "broker/load/stream_scalers.h"
#include "broker/metrics/method_metrics.h"
#include "broker/metrics/stream_meters.h"
#include "broker/record/consumer_lags.h"
#include "broker/record/consumer_positions.h"
#include "broker/record/record_plane.h"
#include "broker/stream/account_settings.h"
#include "broker/stream/consumer_registry.h"
#include "broker/stream/retention_job.h"
#include "broker/stream/stream_catalog.h"
#include "broker/stream/stream_settings.h"
#include "broker/token/token_codec.h"
#include "broker/token/token_key.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/version.h"
#include "storage/store.h"

namespace penstock::broker {
namespace {

storage::LaneOptions LaneOptionsOf(const BrokerConfig& config, const Clock& clock) {
  storage::LaneOptions options;
  options.tail_ring_bytes = size_t{config.tail_ring_mib} << 20;
  options.queue_bytes_max = size_t{config.append_queue_mib} << 20;
  options.clock = &clock;
  return options;
}

std::string TextOf(const std::optional<ListenAddress>& address) {
  return address.has_value() ? address->ToString() : "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Broker>> Broker::Start(const BrokerConfig& config,
                                                      const Clock& clock) {
  auto broker = std::unique_ptr<Broker>(new Broker(config, clock));
  if (absl::Status started = broker->StartAll(); !started.ok()) {
    // What has been opened must be closed again; the error to tell is the first.
    broker->Stop().IgnoreError();
    return started;
  }
  return broker;
}

Broker::Broker(const BrokerConfig& config, const Clock& clock)
    : config_(config), clock_(clock), endpoint_file_(config.endpoint_file) {}

Broker::~Broker() {
  // Whoever wants the error calls Stop.
  Stop().IgnoreError();
}

absl::Status Broker::StartAll() {
  RETURN_IF_ERROR(OpenStorage());
  pool_.Start(config_.control_threads);
  RETURN_IF_ERROR(StartStreams());
  RETURN_IF_ERROR(StartGuards());
  RETURN_IF_ERROR(StartRecords());
  RETURN_IF_ERROR(StartAdmin());
  RETURN_IF_ERROR(StartServer());
  RETURN_IF_ERROR(StartKinesis());
  readiness_->SetServing();
  RETURN_IF_ERROR(
      endpoint_file_.Write({config_.grpc_listen.ToString(), TextOf(config_.admin_listen),
                            TextOf(config_.kinesis_listen)}));
  LogStarted();
  return absl::OkStatus();
}

absl::Status Broker::OpenStorage() {
  ASSIGN_OR_RETURN(directory_, storage::DataDirectory::Open(config_.data_dir, config_.lanes));
  // Of a broker that crashed: nobody else is running, the directory is ours now.
  endpoint_file_.RemoveStale();
  ASSIGN_OR_RETURN(metadata_,
                   EmbeddedMetadataStore::Open({directory_->metadata_path(),
                                                /*create_if_missing=*/!directory_->initialized()}));
  ASSIGN_OR_RETURN(store_, storage::Store::Open(*directory_, LaneOptionsOf(config_, clock_)));
  return directory_->initialized() ? absl::OkStatus() : directory_->MarkInitialized();
}

absl::Status Broker::StartStreams() {
  ASSIGN_OR_RETURN(std::string token_key, LoadOrMakeTokenKey(*metadata_));
  tokens_ = std::make_unique<TokenCodec>(std::move(token_key), clock_);
  account_ = std::make_unique<AccountSettings>(*metadata_, pool_.executor(), clock_);
  RETURN_IF_ERROR(account_->Start());
  ASSIGN_OR_RETURN(keys_, OpenKeyService(config_.key_ring_file, clock_));
  cipher_ = std::make_unique<StreamCipher>(StreamCipherOptions{*keys_});
  StreamCatalogOptions streams{*metadata_, *store_, *tokens_, pool_.executor(), clock_};
  streams.account = account_.get();
  streams.on_deleted = [this](StreamId id) { cipher_->Forget(id); };
  catalog_ = std::make_unique<StreamCatalog>(std::move(streams));
  RETURN_IF_ERROR(catalog_->Start());
  stream_settings_ = std::make_unique<StreamSettings>(
      StreamSettings::Options{*catalog_, *account_, clock_, cipher_.get()});
  consumers_ = std::make_unique<ConsumerRegistry>(
      ConsumerRegistry::Options{*catalog_, *account_, *tokens_, clock_});
  retention_ = std::make_unique<RetentionJob>(RetentionJobOptions{
      catalog_->table(), catalog_->editor(), *store_, pool_.executor(), clock_});
  retention_->Start();
  load_ = std::make_unique<LoadMeter>();
  scalers_ = std::make_unique<StreamScalers>(*load_);
  scaling_ = std::make_unique<ScalingJob>(
      ScalingJobOptions{*catalog_, *scalers_, pool_.executor(), clock_});
  scaling_->Start();
  return absl::OkStatus();
}

absl::Status Broker::StartGuards() {
  const DiskBudgetConfig& budget = config_.disk_budget;
  disk_budget_ = std::make_unique<DiskBudget>(
      DiskBudgetLimits{budget.file_system_percent, budget.directory_bytes});
  DiskWatchOptions watch{*disk_budget_, pool_.executor(), {}};
  watch.measure = [path = directory_->path(), with_directory = budget.directory_bytes.has_value()] {
    return MeasureDisk(path, with_directory);
  };
  disk_watch_ = std::make_unique<DiskWatch>(std::move(watch));
  disk_watch_->Start();
  limiters_ = std::make_unique<ShardLimiters>();
  return absl::OkStatus();
}

absl::Status Broker::StartRecords() {
  methods_ = std::make_unique<MethodMetrics>();
  meters_ = std::make_unique<StreamMeters>(
      StreamMetersOptions{.directory = &catalog_->table(), .clock = &clock_});
  positions_ = std::make_unique<ConsumerPositions>(
      ConsumerPositionsOptions{*metadata_, *catalog_, pool_.executor()});
  RETURN_IF_ERROR(positions_->Start());
  RecordPlaneOptions options;
  options.directory = catalog_.get();
  options.log = store_.get();
  options.tokens = tokens_.get();
  options.executor = pool_.executor();
  options.clock = &clock_;
  options.positions = positions_.get();
  options.disk_budget = disk_budget_.get();
  options.limiters = limiters_.get();
  options.cipher = cipher_.get();
  options.meters = meters_.get();
  options.load = load_.get();
  records_ = std::make_unique<RecordPlane>(std::move(options));
  const auto all_streams = [this] {
    return catalog_->table().ListAfter("", std::numeric_limits<size_t>::max());
  };
  lags_ = std::make_unique<ConsumerLags>(ConsumerLagsOptions{
      *catalog_, *store_, clock_, *positions_, records_->subscriptions(), all_streams});
  return absl::OkStatus();
}

absl::Status Broker::StartAdmin() {
  readiness_ = std::make_unique<Readiness>([this] { return store_->Health(); });
  if (!config_.admin_listen.has_value()) return absl::OkStatus();

  MetricsSources sources;
  sources.lanes = [this] { return store_->Stats(); };
  sources.methods = methods_.get();
  sources.streams = meters_.get();
  sources.stream_table = &catalog_->table();
  sources.read_budget = &records_->read_budget();
  sources.readiness = readiness_.get();
  sources.lags = lags_.get();
  sources.data_dir = directory_->path();
  if (config_.kinesis_listen.has_value()) sources.http = &http_metrics_;
  metrics_page_ = std::make_unique<MetricsPage>(sources);

  AdminServer::Options options;
  options.host = config_.admin_listen->host;
  options.port = config_.admin_listen->port;
  options.executor = pool_.executor();
  metrics_page_->AddTo(&options.pages);
  AddStatusPages(*readiness_, &options.pages);
  ASSIGN_OR_RETURN(admin_, AdminServer::Start(std::move(options)));
  config_.admin_listen->port = admin_->port();
  return absl::OkStatus();
}

absl::Status Broker::StartServer() {
  streams_service_ = std::make_unique<StreamsService>(
      *catalog_, *stream_settings_, [this](StreamId id) { return scalers_->HotShardsOf(id); });
  consumers_service_ = std::make_unique<ConsumersService>(*consumers_, *lags_);
  account_service_ = std::make_unique<AccountService>(*account_, *catalog_);
  records_service_ = std::make_unique<RecordsService>(*records_, methods_.get());
  batches_service_ = std::make_unique<BatchesService>(*records_);
  RouteGrpcLog();
  GrpcServer::Options options;
  options.listen = config_.grpc_listen.ToString();
  options.services = {streams_service_.get(), consumers_service_.get(), account_service_.get(),
                      records_service_.get(), batches_service_.get()};
  options.metrics = methods_.get();
  ASSIGN_OR_RETURN(server_, GrpcServer::Start(options));
  config_.grpc_listen.port = static_cast<uint16_t>(server_->port());
  server_->SetServing(true);

  HealthWatchOptions watch;
  watch.executor = pool_.executor();
  watch.health = [this] { return store_->Health(); };
  watch.on_failure = [this](const absl::Status& failure) {
    LogError("storage failed: serving reads only, until the broker is started again",
             {{"error", std::string(failure.message())}});
    server_->SetServing(false);
  };
  health_ = std::make_unique<HealthWatch>(std::move(watch));
  health_->Start();
  return absl::OkStatus();
}

absl::Status Broker::StartKinesis() {
  if (!config_.kinesis_listen.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(kinesis_,
                   KinesisDoor::Start({config_, clock_, *catalog_, *stream_settings_, *consumers_,
                                       *account_, *records_, *methods_, http_metrics_}));
  config_.kinesis_listen->port = kinesis_->port();
  return absl::OkStatus();
}

void Broker::LogStarted() const {
  const std::string address = config_.grpc_listen.ToString();
  const std::string admin = config_.admin_listen ? config_.admin_listen->ToString() : "off";
  const std::string kinesis = config_.kinesis_listen ? config_.kinesis_listen->ToString() : "off";
  LogInfo("broker started", {{"version", PENSTOCK_VERSION},
                             {"grpc", address},
                             {"admin", admin},
                             {"kinesis", kinesis},
                             {"data_dir", directory_->path()},
                             {"directory_id", directory_->directory_id()},
                             {"streams", absl::StrCat(catalog_->table().stream_count())},
                             {"shards", absl::StrCat(catalog_->table().shard_count())}});
  if (!config_.grpc_listen.IsLoopback()) {
    LogWarning("gRPC is served beyond this machine, without encryption or authentication",
               {{"grpc", address}});
  }
  if (config_.admin_listen && !config_.admin_listen->IsLoopback()) {
    LogWarning("the admin port is served beyond this machine, without authentication",
               {{"admin", admin}});
  }
  if (config_.kinesis_listen && config_.credentials_file.empty()) {
    LogWarning(
        "the Kinesis endpoint has no credentials: it verifies no signature, and serves clients of "
        "this machine alone",
        {{"kinesis", kinesis}});
  } else if (config_.kinesis_listen && !config_.kinesis_listen->IsLoopback() &&
             config_.kinesis_tls_cert_file.empty()) {
    LogWarning(
        "the Kinesis endpoint is served beyond this machine without TLS: requests are signed, "
        "but anybody on the way can read them",
        {{"kinesis", kinesis}});
  }
}

absl::Status Broker::Stop() {
  const bool stopped_before = !directory_.has_value();
  endpoint_file_.Remove();
  if (readiness_ != nullptr) readiness_->SetStopping();
  if (health_ != nullptr) health_->Stop();
  if (server_ != nullptr) server_->SetServing(false);
  // Before the plane: a producer then learns of what it has under way.
  if (batches_service_ != nullptr) batches_service_->Stop();
  // Long-polls are answered with what there is, so that they do not use up the time to stop.
  if (records_ != nullptr) records_->Stop();
  // Both doors together get stop_timeout_ms.
  const auto stop_until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(config_.stop_timeout_ms);
  if (kinesis_ != nullptr) kinesis_->Stop();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      stop_until - std::chrono::steady_clock::now());
  if (server_ != nullptr) server_->Stop(std::max(left, std::chrono::milliseconds(0)));
  // Not before: what is still going on can be watched to the end.
  if (admin_ != nullptr) admin_->Stop();
  if (positions_ != nullptr) positions_->Stop();
  if (disk_watch_ != nullptr) disk_watch_->Stop();
  if (scaling_ != nullptr) scaling_->Stop();
  if (retention_ != nullptr) retention_->Stop();
  if (catalog_ != nullptr) catalog_->Stop();
  if (account_ != nullptr) account_->Stop();
  pool_.Stop();
  absl::Status closed = CloseStorage();
  // Unlocked last.
  directory_.reset();
  if (!stopped_before && server_ != nullptr) LogInfo("broker stopped");
  return closed;
}

absl::Status Broker::CloseStorage() {
  const absl::Status store = store_ != nullptr ? store_->Close() : absl::OkStatus();
  const absl::Status metadata = metadata_ != nullptr ? metadata_->Close() : absl::OkStatus();
  return store.ok() ? metadata : store;
}

}  // namespace penstock::broker
