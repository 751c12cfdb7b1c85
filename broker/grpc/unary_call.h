// How the services of the control plane end a call: at once, or later from another thread.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <grpcpp/support/server_callback.h>

#include "broker/grpc/grpc_status.h"

namespace penstock::broker {

inline ::grpc::ServerUnaryReactor* FinishNow(::grpc::CallbackServerContext* context,
                                             const absl::Status& status) {
  ::grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// For an operation that calls back with a status, or with a result that `fill` writes into the
// response. Reactor, request and response outlive the call: gRPC keeps them until it is finished.
inline auto FinishLater(::grpc::ServerUnaryReactor* reactor) {
  return [reactor](const absl::Status& status) { reactor->Finish(ToGrpcStatus(status)); };
}

template <typename Result, typename Fill>
std::function<void(absl::StatusOr<Result>)> FinishLater(::grpc::ServerUnaryReactor* reactor,
                                                        Fill fill) {
  return [reactor, fill](const absl::StatusOr<Result>& result) {
    if (result.ok()) fill(*result);
    reactor->Finish(ToGrpcStatus(result.status()));
  };
}

}  // namespace penstock::broker
