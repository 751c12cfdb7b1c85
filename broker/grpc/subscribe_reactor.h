// SubscribeReactor: one SubscribeToShard on the wire: asks its subscription for an event, writes
// it, and asks for the next when gRPC has taken it.
//
//   Start ─▶ ask ─▶ event ─▶ write ─▶ written ─▶ ask …        ─▶ over, or an error ─▶ Finish
//
// Exactly one of asking and writing is under way until it finishes: what cancels the call closes
// the subscription, and is seen as the answer to the one or the other. A subscriber that does not
// take its event is cut off by cancelling the call.
//
// Owns itself from Start to OnDone, together with whoever is cutting it. Thread-safe as gRPC and
// Subscription call it.
#pragma once

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "broker/record/subscriptions.h"
#include "common/mutex.h"

namespace penstock::broker {

class SubscribeReactor final : public ::grpc::ServerWriteReactor<::grpc::ByteBuffer> {
 public:
  static SubscribeReactor* Start(Subscriptions& subscriptions,
                                 ::grpc::CallbackServerContext* context,
                                 const ::grpc::ByteBuffer& request);

  explicit SubscribeReactor(::grpc::CallbackServerContext* context) : context_(context) {}

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  absl::Status Subscribe(Subscriptions& subscriptions, const ::grpc::ByteBuffer& request);
  void Ask();
  void OnNext(NextEvent next);
  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void Cut() ABSL_LOCKS_EXCLUDED(mutex_);

  ::grpc::CallbackServerContext* const context_;
  std::shared_ptr<SubscribeReactor> self_;
  // Null if it was refused.
  std::shared_ptr<Subscription> subscription_;
  // Of the write under way.
  ::grpc::ByteBuffer event_;
  ReadBudget::Charge charge_;

  // The call, and its context with it, is there until Finish: who cuts keeps it from coming.
  Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool cutting_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<::grpc::Status> finish_with_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
