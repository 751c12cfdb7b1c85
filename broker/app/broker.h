// Broker: all parts of a broker put together. The composition root: no other place makes them.
//
// Started from the bottom up, stopped from the top down; each line needs the ones above it:
//
//   data directory (locked)
//   metadata store, shard log
//   threads
//   stream catalog, keys, retention, scaling
//   what puts and reads are held to: disk budget, limits
//   record plane, meters, positions of consumers
//   admin server (not ready yet)
//   gRPC server, health watch
//   Kinesis endpoint
//   endpoint file
//
// Stop: not ready; no new calls; calls under way get config.stop_timeout_ms; then everything is
// synced and closed. When storage fails the broker goes on serving what it has: it says NOT_SERVING to health
// checks and probes, logs the reason once, and refuses puts. Start and Stop by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/app/asio_pool.h"
#include "broker/app/endpoint_file.h"
#include "broker/config/broker_config.h"
#include "broker/http/http_metrics.h"
#include "common/clock.h"
#include "storage/data_directory.h"

namespace penstock::storage {
class Store;
}  // namespace penstock::storage

namespace penstock::broker {

class AccountService;
class AccountSettings;
class AdminServer;
class BatchesService;
class ConsumerLags;
class ConsumerPositions;
class ConsumerRegistry;
class ConsumersService;
class DiskBudget;
class DiskWatch;
class EmbeddedMetadataStore;
class GrpcServer;
class HealthWatch;
class KeyService;
class KinesisDoor;
class LoadMeter;
class MethodMetrics;
class MetricsPage;
class Readiness;
class RecordPlane;
class RecordsService;
class RetentionJob;
class ScalingJob;
class ShardLimiters;
class StreamCatalog;
class StreamCipher;
class StreamMeters;
class StreamScalers;
class StreamSettings;
class StreamsService;
class TokenCodec;

class Broker {
 public:
  // Serves when it returns. Otherwise what was started has been stopped again, and the error names
  // what could not be started: the data directory (storage/data_directory.h), what is damaged in
  // it, the address, or the endpoint file. `clock` must outlive the broker.
  static absl::StatusOr<std::unique_ptr<Broker>> Start(const BrokerConfig& config,
                                                       const Clock& clock = SystemClock::Get());
  // Stops.
  ~Broker();

  // The first error of closing; everything is stopped all the same. Idempotent.
  absl::Status Stop();

  // Where gRPC is served, with the port that was taken for 0.
  const ListenAddress& grpc_address() const { return config_.grpc_listen; }
  // The same of the admin port; absent if there is none.
  const std::optional<ListenAddress>& admin_address() const { return config_.admin_listen; }
  // And of the Kinesis endpoint.
  const std::optional<ListenAddress>& kinesis_address() const { return config_.kinesis_listen; }

 private:
  Broker(const BrokerConfig& config, const Clock& clock);

  absl::Status StartAll();
  absl::Status OpenStorage();
  absl::Status StartStreams();
  absl::Status StartGuards();
  absl::Status StartRecords();
  absl::Status StartAdmin();
  absl::Status StartServer();
  absl::Status StartKinesis();
  void LogStarted() const;
  absl::Status CloseStorage();

  BrokerConfig config_;
  const Clock& clock_;
  // In the order of starting, so that they are destroyed from the top down.
  std::optional<storage::DataDirectory> directory_;
  EndpointFile endpoint_file_;
  std::unique_ptr<EmbeddedMetadataStore> metadata_;
  std::unique_ptr<storage::Store> store_;
  AsioPool pool_;
  std::unique_ptr<TokenCodec> tokens_;
  std::unique_ptr<AccountSettings> account_;
  std::unique_ptr<KeyService> keys_;
  std::unique_ptr<StreamCipher> cipher_;
  std::unique_ptr<StreamCatalog> catalog_;
  std::unique_ptr<StreamSettings> stream_settings_;
  std::unique_ptr<ConsumerRegistry> consumers_;
  std::unique_ptr<RetentionJob> retention_;
  std::unique_ptr<LoadMeter> load_;
  std::unique_ptr<StreamScalers> scalers_;
  std::unique_ptr<ScalingJob> scaling_;
  std::unique_ptr<DiskBudget> disk_budget_;
  std::unique_ptr<DiskWatch> disk_watch_;
  std::unique_ptr<ShardLimiters> limiters_;
  std::unique_ptr<MethodMetrics> methods_;
  HttpMetrics http_metrics_;
  std::unique_ptr<StreamMeters> meters_;
  std::unique_ptr<ConsumerPositions> positions_;
  std::unique_ptr<RecordPlane> records_;
  std::unique_ptr<ConsumerLags> lags_;
  std::unique_ptr<Readiness> readiness_;
  std::unique_ptr<MetricsPage> metrics_page_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<StreamsService> streams_service_;
  std::unique_ptr<ConsumersService> consumers_service_;
  std::unique_ptr<AccountService> account_service_;
  std::unique_ptr<RecordsService> records_service_;
  std::unique_ptr<BatchesService> batches_service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<HealthWatch> health_;
  std::unique_ptr<KinesisDoor> kinesis_;
};

}  // namespace penstock::broker
