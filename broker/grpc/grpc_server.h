// GrpcServer: the broker's gRPC port, with health, reflection and its limits.
//
//   ASSIGN_OR_RETURN(auto server, GrpcServer::Start({.listen = "127.0.0.1:7070",
//                                                    .services = {&records, &streams}}));
//   server->SetServing(true);
//   ...
//   plane.Stop();                            // answers the long-polls
//   server->Stop(std::chrono::seconds(5));   // the rest
//
// Health (grpc.health.v1) says NOT_SERVING until SetServing(true) and again from Stop on; calls are
// taken all the while. Reflection (grpc.reflection.v1alpha) lets grpcurl and the like find the API.
// Thread-safe, except that Stop is called by one thread. The services must outlive the server.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include "broker/grpc/callback_tick.h"
#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

struct GrpcServerOptions {
  // "host:port"; port 0 takes a free one.
  std::string listen;
  std::vector<::grpc::Service*> services;
  // Calls are counted here; null counts none. Must outlive the server.
  MethodMetrics* metrics = nullptr;
};

class GrpcServer {
 public:
  using Options = GrpcServerOptions;

  // FAILED_PRECONDITION, naming the address, if it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Options& options);
  // Stop without waiting for calls.
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The port listened on.
  int port() const { return port_; }

  void SetServing(bool serving);

  // Takes no new calls, gives those under way up to `drain` to finish, cancels the rest, and
  // returns when none is left. Idempotent.
  void Stop(std::chrono::milliseconds drain);

 private:
  GrpcServer(std::unique_ptr<::grpc::Server> server, int port);

  std::unique_ptr<::grpc::Server> server_;
  const int port_;
  bool stopped_ = false;
  // Stopped before the server, which it calls.
  std::unique_ptr<CallbackTick> tick_;
};

}  // namespace penstock::broker
