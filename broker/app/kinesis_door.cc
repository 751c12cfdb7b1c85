#include "broker/app/kinesis_door.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/app/descriptors.h"
#include "broker/aws/aws_endpoint.h"
#include "broker/aws/file_credentials.h"
#include "broker/aws/sigv4_verifier.h"
#include "broker/http/http_server.h"
#include "broker/http/tls_context.h"
#include "broker/kinesis/kinesis_service.h"
#include "broker/kinesis/resource_names.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Null where no certificate is set.
absl::StatusOr<std::shared_ptr<TlsContext>> OpenTls(const BrokerConfig& config,
                                                    const Clock& clock) {
  const bool has_certificate = !config.kinesis_tls_cert_file.empty();
  if (has_certificate != !config.kinesis_tls_key_file.empty()) {
    return MakeError(ErrorReason::kInvalidArgument,
                     has_certificate ? "kinesis-tls-cert-file is set without kinesis-tls-key-file"
                                     : "kinesis-tls-key-file is set without kinesis-tls-cert-file");
  }
  if (!has_certificate) return std::shared_ptr<TlsContext>();
  TlsOptions options;
  options.certificate_file = config.kinesis_tls_cert_file;
  options.key_file = config.kinesis_tls_key_file;
  options.clock = &clock;
  return TlsContext::Open(std::move(options));
}

// So that no number of clients can keep storage from opening its next file.
void BoundConnections(uint32_t lanes, HttpLimits* limits) {
  const uint64_t descriptors = RaiseDescriptorLimit();
  const size_t wanted = limits->connections_max;
  limits->connections_max = ConnectionsWithin(descriptors, lanes, wanted);
  limits->connections_per_peer_max =
      std::min(limits->connections_per_peer_max, std::max<size_t>(1, limits->connections_max / 2));
  if (limits->connections_max == wanted) return;
  LogWarning(
      "the Kinesis endpoint takes fewer connections than it would: raise the limit of open "
      "files (ulimit -n, LimitNOFILE)",
      {{"connections", absl::StrCat(limits->connections_max)},
       {"open_files_max", absl::StrCat(descriptors)}});
}

}  // namespace

KinesisDoor::KinesisDoor() = default;

KinesisDoor::~KinesisDoor() {
  Stop();
}

absl::StatusOr<std::unique_ptr<KinesisDoor>> KinesisDoor::Start(const Options& options) {
  const BrokerConfig& config = options.config;
  auto door = std::unique_ptr<KinesisDoor>(new KinesisDoor());
  ASSIGN_OR_RETURN(std::shared_ptr<TlsContext> tls, OpenTls(config, options.clock));
  if (!config.credentials_file.empty()) {
    ASSIGN_OR_RETURN(door->credentials_,
                     FileCredentials::Open(config.credentials_file, options.clock));
  }
  door->names_ = std::make_unique<ResourceNames>(config.region, config.account_id);
  SigV4Options signatures;
  signatures.region = config.region;
  signatures.clock = &options.clock;
  signatures.credentials = door->credentials_.get();
  door->verifier_ = std::make_unique<SigV4Verifier>(std::move(signatures));
  KinesisContext context{options.catalog, options.settings, options.consumers,
                         options.account, options.records,  *door->names_};
  if (config.kinesis_stream_limits == NewStreamLimits::kUnlimited)
    context.new_stream_limits = StreamLimits();
  door->service_ = std::make_unique<KinesisService>(context);

  AwsEndpointOptions endpoint;
  endpoint.services = {door->service_.get()};
  endpoint.verifier = door->verifier_.get();
  endpoint.has_credentials = door->credentials_ != nullptr;
  endpoint.methods = &options.methods;
  endpoint.executor = door->pool_.executor();
  door->endpoint_ = std::make_unique<AwsEndpoint>(std::move(endpoint));

  HttpServerOptions http;
  http.host = config.kinesis_listen->host;
  http.port = config.kinesis_listen->port;
  http.executor = door->pool_.executor();
  http.handler = door->endpoint_.get();
  http.plain_text = tls == nullptr || config.kinesis_plain_text == PlainText::kOn;
  http.tls = std::move(tls);
  http.metrics = &options.http_metrics;
  http.limits.stop_grace_ms = config.stop_timeout_ms;
  BoundConnections(config.lanes, &http.limits);
  door->pool_.Start(config.kinesis_threads);
  absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Start(std::move(http));
  if (!server.ok()) {
    // The setting too: of a port that nobody asked for.
    return MakeError(
        ReasonOf(server.status()),
        absl::StrCat(server.status().message(), "; kinesis-listen sets another address, or off"));
  }
  door->server_ = *std::move(server);
  return door;
}

uint16_t KinesisDoor::port() const {
  return server_->port();
}

void KinesisDoor::Stop() {
  if (server_ != nullptr) server_->Stop();
  pool_.Stop();
}

}  // namespace penstock::broker
