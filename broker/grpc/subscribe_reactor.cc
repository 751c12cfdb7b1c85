#include "broker/grpc/subscribe_reactor.h"

#include <string>
#include <string_view>
#include <utility>

#include "broker/grpc/byte_buffer.h"
#include "broker/grpc/grpc_status.h"
#include "broker/grpc/records_wire.h"
#include "common/error.h"
#include "common/status_macros.h"
#include "penstock/v1/records.pb.h"

namespace penstock::broker {

using ::grpc::ByteBuffer;

SubscribeReactor* SubscribeReactor::Start(Subscriptions& subscriptions,
                                          ::grpc::CallbackServerContext* context,
                                          const ByteBuffer& request) {
  const auto reactor = std::make_shared<SubscribeReactor>(context);
  reactor->self_ = reactor;
  if (const absl::Status refused = reactor->Subscribe(subscriptions, request); !refused.ok()) {
    reactor->End(refused);
  } else {
    reactor->Ask();
  }
  return reactor.get();
}

absl::Status SubscribeReactor::Subscribe(Subscriptions& subscriptions, const ByteBuffer& buffer) {
  ASSIGN_OR_RETURN(const FlatRequest flat, FlatRequest::From(buffer));
  const std::string_view bytes = flat.bytes();
  v1::SubscribeToShardRequest message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MakeError(ErrorReason::kInvalidArgument,
                     "request is not a well-formed penstock.v1.SubscribeToShardRequest");
  }
  // A peer is an address and a port: one connection.
  const std::string connection = context_->peer();
  SubscribeToShardRequest request;
  request.stream_name = message.stream_name();
  request.consumer_name = message.consumer_name();
  request.shard_id = message.shard_id();
  request.starting_position = static_cast<ShardIteratorType>(message.starting_position());
  if (message.has_starting_sequence_number())
    request.starting_sequence_number = message.starting_sequence_number();
  if (message.has_timestamp_ms()) request.timestamp_ms = message.timestamp_ms();
  request.dry_run = message.dry_run();
  request.connection = connection;
  ASSIGN_OR_RETURN(subscription_,
                   subscriptions.Subscribe(request, [self = self_] { self->Cut(); }));
  return absl::OkStatus();
}

void SubscribeReactor::Ask() {
  subscription_->Next([self = self_](NextEvent next) { self->OnNext(std::move(next)); });
}

void SubscribeReactor::OnNext(NextEvent next) {
  if (!next.ok()) return End(next.status());
  if (!next->has_value()) return End(absl::OkStatus());
  SubscriptionEvent& event = **next;
  event_ = ToByteBuffer(EncodeSubscriptionEvent(event));
  charge_ = std::move(event.charge);
  StartWrite(&event_);
}

void SubscribeReactor::OnWriteDone(bool ok) {
  charge_.Release();
  event_.Clear();
  if (!ok) return End(absl::CancelledError("the subscriber has gone"));
  Ask();
}

void SubscribeReactor::OnCancel() {
  if (subscription_ != nullptr) subscription_->Close();
}

void SubscribeReactor::End(const absl::Status& status) {
  // Before the subscriber learns of it: it may subscribe again at once.
  if (subscription_ != nullptr) subscription_->Close();
  const ::grpc::Status finish_with = ToGrpcStatus(status);
  {
    MutexLock lock(mutex_);
    ended_ = true;
    if (cutting_) {
      finish_with_ = finish_with;
      return;
    }
  }
  Finish(finish_with);
}

void SubscribeReactor::Cut() {
  {
    MutexLock lock(mutex_);
    if (ended_) return;
    cutting_ = true;
  }
  context_->TryCancel();
  std::optional<::grpc::Status> finish_with;
  {
    MutexLock lock(mutex_);
    cutting_ = false;
    finish_with = std::move(finish_with_);
  }
  if (finish_with.has_value()) Finish(*finish_with);
}

void SubscribeReactor::OnDone() {
  // The last reference, unless it is being cut.
  const std::shared_ptr<SubscribeReactor> last = std::move(self_);
}

}  // namespace penstock::broker
