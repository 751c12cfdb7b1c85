// CallSync and CallAsync: one unary call with its deadline and its retries.
//
//   attempt ──OK──────────────────────────────> value
//      ^   └──error── RetrySchedule ──final───> error
//      └───── wait (sleep or timer) <──again──┘
//
// The deadline spans all attempts and waits. A call that changes something waits for a connection
// instead of failing for want of one: from gRPC's error nobody could tell whether the connection
// was missing from the start, or was lost with the call under way.
//
// Thread-safe. An asynchronous call owns itself from its start until its callback has run; its
// mutex guards what the starting thread, the event thread and a cancelling thread share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/status.h>

#include "client/rpc/call_context.h"
#include "client/rpc/completion_threads.h"
#include "client/rpc/error_status.h"
#include "client/rpc/retry_policy.h"
#include "common/mutex.h"
#include "penstock/errors.h"

namespace penstock::rpc {

// A method of a service, for the templates below; methods.h has them all.
template <typename StubType, typename RequestType, typename ResponseType>
struct Method {
  using Stub = StubType;
  using Request = RequestType;
  using Response = ResponseType;
  using Reader = grpc::ClientAsyncResponseReader<Response>;

  const char* name;
  CallKind kind;
  Stub& (ChannelPool::*stub)();
  grpc::Status (Stub::*sync)(grpc::ClientContext*, const Request&, Response*);
  std::unique_ptr<Reader> (Stub::*async)(grpc::ClientContext*, const Request&,
                                         grpc::CompletionQueue*);
};

// A call of a method: `subject` names what it is about, for messages.
template <typename MethodType>
struct Invocation {
  const MethodType& method;
  typename MethodType::Request request;
  std::string subject;
  absl::Duration timeout;
  // The method's, unless the request makes it another.
  CallKind kind;

  std::string Name() const {
    return subject.empty() ? method.name : std::string(method.name) + " " + subject;
  }
};

inline void PrepareContext(grpc::ClientContext* context, CallKind kind, absl::Time deadline) {
  context->set_deadline(absl::ToChronoTime(deadline));
  context->set_wait_for_ready(kind != CallKind::kRead);
}

template <typename MethodType>
absl::StatusOr<typename MethodType::Response> CallSync(CallContext& shared,
                                                       const Invocation<MethodType>& call) {
  const MethodType& method = call.method;
  const absl::Time deadline = absl::Now() + call.timeout;
  RetrySchedule schedule = shared.NewSchedule(call.kind);
  bool may_be_applied = false;
  while (true) {
    grpc::ClientContext context;
    PrepareContext(&context, call.kind, deadline);
    typename MethodType::Response response;
    const grpc::Status status =
        ((shared.channels.*method.stub)().*method.sync)(&context, call.request, &response);
    if (status.ok()) return response;
    absl::Status error = ToAbslStatus(status, call.kind, call.Name());
    const std::optional<absl::Duration> wait = schedule.Next(error, deadline - absl::Now());
    CarryOutcome(may_be_applied, &error);
    if (!wait.has_value()) return error;
    may_be_applied = GetErrorDetails(error).outcome_unknown;
    shared.sleep(*wait);
  }
}

template <typename MethodType>
class AsyncCall final : public Operation, public Cancellable {
 public:
  using Response = typename MethodType::Response;
  using Callback = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  AsyncCall(CallContext& shared, Invocation<MethodType> call, Callback callback)
      : shared_(shared),
        events_(shared.threads.Next()),
        call_(std::move(call)),
        callback_(std::move(callback)),
        deadline_(absl::Now() + call_.timeout),
        schedule_(shared.NewSchedule(call_.kind)) {}

  // Starts the call, which from then on owns itself.
  static void Start(std::unique_ptr<AsyncCall> call) {
    if (!call->shared_.outstanding.TryAdd(call.get())) {
      call->callback_(absl::CancelledError(call->call_.Name() + ": the client is being destroyed"));
      return;
    }
    AsyncCall* const started = call.release();
    MutexLock lock(started->mutex_);
    started->StartAttempt();
  }

  void Cancel() override {
    MutexLock lock(mutex_);
    is_cancelled_ = true;
    if (context_.has_value()) context_->TryCancel();
    if (timer_.has_value()) timer_->Cancel();
  }

  void OnEvent(bool /*ok*/) override {
    std::optional<absl::StatusOr<Response>> result;
    {
      MutexLock lock(mutex_);
      result = timer_.has_value() ? OnTimer() : OnAnswer();
    }
    if (!result.has_value()) return;
    callback_(*std::move(result));
    shared_.outstanding.Remove(this);
    delete this;
  }

 private:
  void StartAttempt() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const MethodType& method = call_.method;
    context_.emplace();
    PrepareContext(&*context_, call_.kind, deadline_);
    if (is_cancelled_) context_->TryCancel();
    reader_ = ((shared_.channels.*method.stub)().*method.async)(&*context_, call_.request,
                                                                &events_.queue());
    reader_->StartCall();
    reader_->Finish(&response_, &status_, events_.TagFor(this));
  }

  // The result, or nothing if the call goes on.
  std::optional<absl::StatusOr<Response>> OnAnswer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    reader_.reset();
    context_.reset();
    if (status_.ok()) return std::move(response_);
    absl::Status error = ToAbslStatus(status_, call_.kind, call_.Name());
    const std::optional<absl::Duration> wait = schedule_.Next(error, deadline_ - absl::Now());
    CarryOutcome(GetErrorDetails(last_error_).outcome_unknown, &error);
    if (!wait.has_value() || is_cancelled_) return error;
    last_error_ = std::move(error);
    timer_.emplace();
    timer_->Set(&events_.queue(), absl::ToChronoTime(absl::Now() + *wait), events_.TagFor(this));
    return std::nullopt;
  }

  std::optional<absl::StatusOr<Response>> OnTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    timer_.reset();
    if (is_cancelled_) return last_error_;
    StartAttempt();
    return std::nullopt;
  }

  CallContext& shared_;
  EventQueue& events_;
  const Invocation<MethodType> call_;
  Callback callback_;
  const absl::Time deadline_;

  Mutex mutex_;
  RetrySchedule schedule_ ABSL_GUARDED_BY(mutex_);
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // Set during an attempt.
  std::optional<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<typename MethodType::Reader> reader_ ABSL_GUARDED_BY(mutex_);
  Response response_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  // Set between two attempts.
  std::optional<grpc::Alarm> timer_ ABSL_GUARDED_BY(mutex_);
  // Of the attempt before, with what is known of those before it.
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
};

template <typename MethodType>
void CallAsync(CallContext& shared, Invocation<MethodType> call,
               typename AsyncCall<MethodType>::Callback callback) {
  using Call = AsyncCall<MethodType>;
  Call::Start(std::make_unique<Call>(shared, std::move(call), std::move(callback)));
}

}  // namespace penstock::rpc
