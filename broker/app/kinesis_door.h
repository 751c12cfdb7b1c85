// KinesisDoor: the Kinesis-compatible endpoint, put together: threads, credentials, TLS, the HTTP
// server, the service.
//
//   HTTP server ─▶ AwsEndpoint ─▶ KinesisService ─▶ stream/, record/
//
// It has threads of its own, so that bodies of megabytes, TLS and base64 hold up neither timers nor
// gRPC. Start, then Stop by one thread; what the options refer to outlives it.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

#include "broker/app/asio_pool.h"
#include "broker/config/broker_config.h"
#include "broker/http/http_metrics.h"
#include "common/clock.h"

namespace penstock::broker {

class AccountSettings;
class AwsEndpoint;
class ConsumerRegistry;
class CredentialsSource;
class HttpServer;
class KinesisService;
class MethodMetrics;
class RecordPlane;
class ResourceNames;
class SigV4Verifier;
class StreamCatalog;
class StreamSettings;

class KinesisDoor {
 public:
  struct Options {
    // With kinesis_listen.
    const BrokerConfig& config;
    const Clock& clock;
    StreamCatalog& catalog;
    StreamSettings& settings;
    ConsumerRegistry& consumers;
    AccountSettings& account;
    RecordPlane& records;
    MethodMetrics& methods;
    HttpMetrics& http_metrics;
  };

  // INVALID_ARGUMENT naming the setting or the file; FAILED_PRECONDITION naming the address.
  static absl::StatusOr<std::unique_ptr<KinesisDoor>> Start(const Options& options);
  // Stops.
  ~KinesisDoor();
  KinesisDoor(const KinesisDoor&) = delete;
  KinesisDoor& operator=(const KinesisDoor&) = delete;

  // No new calls; those under way get HttpLimits::stop_grace_ms. Idempotent.
  void Stop();

  // The port that was taken for 0.
  uint16_t port() const;

 private:
  KinesisDoor();

  AsioPool pool_;
  std::unique_ptr<ResourceNames> names_;
  std::unique_ptr<CredentialsSource> credentials_;
  std::unique_ptr<SigV4Verifier> verifier_;
  std::unique_ptr<KinesisService> service_;
  std::unique_ptr<AwsEndpoint> endpoint_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace penstock::broker
