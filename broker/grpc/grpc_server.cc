#include "broker/grpc/grpc_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include "broker/grpc/method_interceptor.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

// Half of the 100 ms that gRPC's threads sleep, and well within the second after which they do.
constexpr std::chrono::milliseconds kTickInterval{50};

// Calls at once on one connection. More than the shards that a busy consumer long-polls through it;
// far fewer than what a client that opens and resets calls (Rapid Reset, CVE-2023-44487) would
// want.
constexpr int kConcurrentStreamsMax = 4'096;

// What gRPC may hold of requests and answers, all connections together; past it, it stops reading
// from them. Room for some requests of the largest size on each side.
constexpr size_t kBuffersBytesMax = size_t{256} << 20;

// A client that went without a word is noticed after these two, and its long-polls end.
constexpr int kKeepaliveTimeMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// Clients may ask the same of us so often. gRPC's default of 5 minutes would answer a common
// setting with GOAWAY too_many_pings.
constexpr int kClientPingIntervalMsMin = 10'000;

// For the whole process, and the servers built afterwards.
void SetUpLibrary() {
  static const bool once = [] {
    // Held to the end of the process: the library shuts down with its last object, and then waits
    // for its fallback poller, which a large answer has started, up to the 10 s of its poll
    // (src/core/lib/iomgr/tcp_posix.cc). One stop in ten that followed one took so long.
    grpc_init();
    ::grpc::EnableDefaultHealthCheckService(true);
    ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(once);
}

void SetLimits(::grpc::ServerBuilder& builder) {
  // A PutRecords of 10 MiB with its framing; gRPC's default of 4 MiB is below it.
  builder.SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
  // GetRecords answers as much.
  builder.SetMaxSendMessageSize(kGrpcMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax);
  ::grpc::ResourceQuota quota("penstock-grpc");
  quota.Resize(kBuffersBytesMax);
  builder.SetResourceQuota(quota);
}

void SetConnections(::grpc::ServerBuilder& builder) {
  // With SO_REUSEPORT, gRPC's default, a second broker would listen on the same port without an
  // error, and take half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kClientPingIntervalMsMin);
  // Also between calls, so that a client finds out about a dead broker before its next one.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
}

void CountCalls(const GrpcServerOptions& options, ::grpc::ServerBuilder& builder) {
  if (options.metrics == nullptr) return;
  std::vector<std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<MethodInterceptorFactory>(*options.metrics));
  builder.experimental().SetInterceptorCreators(std::move(factories));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Options& options) {
  SetUpLibrary();
  ::grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, ::grpc::InsecureServerCredentials(), &port);
  for (::grpc::Service* const service : options.services) builder.RegisterService(service);
  SetLimits(builder);
  SetConnections(builder);
  CountCalls(options, builder);
  std::unique_ptr<::grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on ", options.listen,
                     " for gRPC: the address is in use, or not one of this machine"));
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(server), port));
}

GrpcServer::GrpcServer(std::unique_ptr<::grpc::Server> server, int port)
    : server_(std::move(server)), port_(port) {
  SetServing(false);
  tick_ = std::make_unique<CallbackTick>(server_->InProcessChannel({}), kTickInterval);
}

GrpcServer::~GrpcServer() {
  Stop(std::chrono::milliseconds(0));
}

void GrpcServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void GrpcServer::Stop(std::chrono::milliseconds drain) {
  if (std::exchange(stopped_, true)) return;
  SetServing(false);
  tick_->Stop();
  server_->Shutdown(std::chrono::system_clock::now() + drain);
  server_->Wait();
}

}  // namespace penstock::broker
