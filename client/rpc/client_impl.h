// Client::Impl: what a Client owns, and how its methods call.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/rpc/call_context.h"
#include "client/rpc/channel_pool.h"
#include "client/rpc/completion_threads.h"
#include "client/rpc/unary_call.h"
#include "penstock/client.h"

namespace penstock {

class Client::Impl {
 public:
  // `options` are valid.
  explicit Impl(const ClientOptions& options);
  ~Impl();

  // What one call has beside its method and request.
  struct How {
    // For messages: what the call is about.
    std::string_view subject = {};
    // On top of ClientOptions::call_timeout.
    absl::Duration extra_time = absl::ZeroDuration();
    // The put has a producer's stamp.
    bool is_idempotent = false;
  };

  template <typename MethodType>
  absl::StatusOr<typename MethodType::Response> Call(const MethodType& method,
                                                     typename MethodType::Request request,
                                                     std::string_view subject) {
    return Call(method, std::move(request), How{.subject = subject});
  }

  template <typename MethodType>
  absl::StatusOr<typename MethodType::Response> Call(const MethodType& method,
                                                     typename MethodType::Request request,
                                                     const How& how) {
    return rpc::CallSync(context_, Invoke(method, std::move(request), how));
  }

  template <typename MethodType, typename Callback>
  void CallAsync(const MethodType& method, typename MethodType::Request request, const How& how,
                 Callback callback) {
    rpc::CallAsync<MethodType>(context_, Invoke(method, std::move(request), how),
                               std::move(callback));
  }

  rpc::CallContext& context() { return context_; }
  absl::Duration call_timeout() const { return call_timeout_; }

  absl::Status WaitUntilConnected(absl::Duration timeout) {
    return channels_.WaitUntilConnected(timeout);
  }

  // Between two looks at something that is about to change.
  void SleepBetweenPolls() { context_.sleep(absl::Milliseconds(20)); }

 private:
  template <typename MethodType>
  rpc::Invocation<MethodType> Invoke(const MethodType& method, typename MethodType::Request request,
                                     const How& how) {
    return {method, std::move(request), std::string(how.subject), call_timeout_ + how.extra_time,
            how.is_idempotent ? rpc::CallKind::kIdempotentMutation : method.kind};
  }

  const absl::Duration call_timeout_;
  rpc::ChannelPool channels_;
  rpc::CompletionThreads threads_;
  rpc::OutstandingCalls outstanding_;
  rpc::CallContext context_;
};

}  // namespace penstock
