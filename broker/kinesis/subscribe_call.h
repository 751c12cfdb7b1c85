// SubscribeCall: one SubscribeToShard on the wire: an event stream, driven by its subscription.
//
//   Start ─▶ initial-response ─▶ ask ─▶ event ─▶ write ─▶ written ─▶ ask …  ─▶ over: end of the body
//                                                                         └▶ error: exception, end
//
// Exactly one of asking and writing is under way until it ends. A client that goes closes the
// subscription, and is seen as the answer to the one or the other; one that does not take its event
// is cut off. Clients end a stream that brings no event, and do not begin one without an
// initial-response (botocore), which is why it is written before the first event is asked for.
//
// Thread-safe as the exchange and the subscription call it. Kept alive by whichever of the two is to
// call it next.
#pragma once

#include <memory>

#include "absl/status/status.h"

#include "broker/kinesis/kinesis_call.h"
#include "broker/record/subscription.h"

namespace penstock::broker {

class SubscribeCall : public std::enable_shared_from_this<SubscribeCall> {
 public:
  SubscribeCall(KinesisCallPtr call, ShardKey shard) : call_(std::move(call)), shard_(shard) {}

  // Once, with the subscription.
  void Start(std::shared_ptr<Subscription> subscription);

 private:
  void Write(std::string frame);
  void OnWritten(bool taken);
  void Ask();
  void OnNext(NextEvent next);
  void WriteEvent(SubscriptionEvent event);
  void End(const absl::Status& status);

  const KinesisCallPtr call_;
  const ShardKey shard_;
  std::shared_ptr<Subscription> subscription_;
  // Of the event that is being written.
  ReadBudget::Charge charge_;
};

}  // namespace penstock::broker
