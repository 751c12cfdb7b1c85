// Subscription::Impl, and the method of Client that makes one.
//
//   started ──> reading ──event──> on_event ──returned──> reading
//                  └──no more──> finishing ──> on_end, removed
//
// One operation is under way at a time, so that the address of the subscription is tag enough, and
// no event is read ahead of the caller.
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include <grpcpp/client_context.h>
#include <grpcpp/support/async_stream.h>

#include "client/rpc/call_context.h"
#include "client/rpc/client_impl.h"
#include "client/rpc/convert_records.h"
#include "client/rpc/error_status.h"
#include "common/limits.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {

class Subscription::Impl final : public rpc::Operation,
                                 public rpc::Cancellable,
                                 public std::enable_shared_from_this<Impl> {
 public:
  Impl(rpc::CallContext& shared, SubscriptionCallbacks callbacks)
      : shared_(shared), callbacks_(std::move(callbacks)) {}

  // Keeps itself until on_end has run.
  void Start(const SubscribeToShardOptions& options, absl::Duration timeout) {
    name_ = "SubscribeToShard " + options.stream_name + " " + options.shard_id;
    if (const absl::Status valid = Validate(options); !valid.ok()) return End(valid);
    if (!shared_.outstanding.TryAdd(this))
      return End(absl::CancelledError(name_ + ": the client is being destroyed"));
    rpc::EventQueue& events = shared_.threads.Next();
    MutexLock lock(mutex_);
    self_ = shared_from_this();
    events_ = &events;
    context_.emplace();
    // A broker that has stalled is left in the end, though it holds the connection.
    context_->set_deadline(
        absl::ToChronoTime(absl::Now() + absl::Milliseconds(kSubscriptionLifetimeMs) + timeout));
    reader_ = shared_.channels.records().PrepareAsyncSubscribeToShard(
        &*context_, rpc::ToRequest(options), &events.queue());
    step_ = Step::kStarting;
    reader_->StartCall(events.TagFor(this));
  }

  void Cancel() override {
    MutexLock lock(mutex_);
    if (context_.has_value()) context_->TryCancel();
  }

  // Cancels, and waits for the last callback unless it is the caller's own.
  void CancelAndWait() {
    Cancel();
    MutexLock lock(mutex_);
    if (callback_thread_ == std::this_thread::get_id()) return;
    while (!has_ended_) changed_.Wait(mutex_);
  }

  void OnEvent(bool ok) override {
    std::optional<SubscriptionEvent> event;
    std::optional<absl::Status> end;
    {
      MutexLock lock(mutex_);
      if (step_ == Step::kFinishing) {
        end = rpc::ToAbslStatus(status_, rpc::CallKind::kRead, name_);
        reader_.reset();
        context_.reset();
      } else if (!ok) {
        step_ = Step::kFinishing;
        reader_->Finish(&status_, events_->TagFor(this));
      } else if (step_ == Step::kStarting) {
        ReadNext();
      } else {
        event = rpc::FromEvent(std::move(message_));
      }
    }
    if (event.has_value()) Hand(*std::move(event));
    if (end.has_value()) {
      // The client may go as soon as the subscription is removed; this object as soon as it is let
      // go.
      const std::shared_ptr<Impl> self = std::move(self_);
      End(*end);
      shared_.outstanding.Remove(this);
    }
  }

 private:
  enum class Step { kStarting, kReading, kFinishing };

  static absl::Status Validate(const SubscribeToShardOptions& options) {
    RETURN_IF_ERROR(rpc::RequireAscii("stream_name", options.stream_name));
    RETURN_IF_ERROR(rpc::RequireAscii("consumer_name", options.consumer_name));
    return rpc::RequireAscii("shard_id", options.shard_id);
  }

  void ReadNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    step_ = Step::kReading;
    message_.Clear();
    reader_->Read(&message_, events_->TagFor(this));
  }

  void Hand(SubscriptionEvent event) {
    SetCallbackThread(std::this_thread::get_id());
    callbacks_.on_event(std::move(event));
    SetCallbackThread({});
    MutexLock lock(mutex_);
    ReadNext();
  }

  void End(const absl::Status& status) {
    SetCallbackThread(std::this_thread::get_id());
    callbacks_.on_end(status);
    MutexLock lock(mutex_);
    callback_thread_ = {};
    has_ended_ = true;
    changed_.NotifyAll();
  }

  void SetCallbackThread(std::thread::id id) {
    MutexLock lock(mutex_);
    callback_thread_ = id;
  }

  // Not touched after on_end: the client may be gone by then.
  rpc::CallContext& shared_;
  SubscriptionCallbacks callbacks_;
  // Set by Start, before anything else can read it.
  std::string name_;

  // Rank: after that of OutstandingCalls. Not held while a callback runs.
  Mutex mutex_;
  CondVar changed_;
  // From the start until on_end has run. Moved out by the event that ends the subscription, which
  // is ordered after Start by the mutex.
  std::shared_ptr<Impl> self_;
  Step step_ ABSL_GUARDED_BY(mutex_) = Step::kStarting;
  rpc::EventQueue* events_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Set while the call is under way.
  std::optional<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::ClientAsyncReader<v1::SubscribeToShardEvent>> reader_
      ABSL_GUARDED_BY(mutex_);
  v1::SubscribeToShardEvent message_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  // Of the callback that runs; otherwise of none.
  std::thread::id callback_thread_ ABSL_GUARDED_BY(mutex_);
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

Subscription::Subscription(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Subscription::~Subscription() {
  impl_->CancelAndWait();
}

void Subscription::Cancel() {
  impl_->Cancel();
}

std::unique_ptr<Subscription> Client::SubscribeToShard(const SubscribeToShardOptions& options,
                                                       SubscriptionCallbacks callbacks) {
  auto subscription = std::make_shared<Subscription::Impl>(impl_->context(), std::move(callbacks));
  subscription->Start(options, impl_->call_timeout());
  return std::make_unique<Subscription>(std::move(subscription));
}

}  // namespace penstock
