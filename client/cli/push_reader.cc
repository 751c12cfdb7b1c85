#include "client/cli/push_reader.h"

#include <utility>

#include "penstock/errors.h"

namespace penstock::cli {
namespace {

ShardAnswer ToAnswer(SubscriptionEvent event) {
  ShardAnswer answer;
  answer.records = std::move(event.records);
  answer.continuation_sequence_number = event.continuation_sequence_number;
  answer.records_behind_latest = event.records_behind_latest;
  answer.has_ended = !event.child_shards.empty();
  answer.child_shards = std::move(event.child_shards);
  return answer;
}

}  // namespace

PushReader::~PushReader() {
  // A callback that waits for room would keep its subscription from ending.
  events_->Close();
}

absl::Status PushReader::Start(const std::string& shard_id, const IteratorPosition& from) {
  std::unique_ptr<Subscription>& subscription = subscriptions_[shard_id];
  // One before it has ended: its last event was what made the reader start again.
  subscription.reset();
  subscription = client_.SubscribeToShard(
      {.stream_name = stream_name_,
       .consumer_name = consumer_name_,
       .shard_id = shard_id,
       .starting_position = from},
      {.on_event =
           [events = events_, shard_id](SubscriptionEvent event) {
             events->PushWhenThereIsRoom({shard_id, ToAnswer(std::move(event))});
           },
       .on_end =
           [events = events_, shard_id](const absl::Status& status) {
             events->Push(
                 {shard_id, status.ok() ? absl::AbortedError("the subscription is over") : status});
           }});
  return absl::OkStatus();
}

ShardReader::OnError PushReader::Judge(const absl::Status& error, bool has_answered) const {
  switch (error.code()) {
    case absl::StatusCode::kAborted:
      // A broker that ended each subscription at once would be asked without a pause.
      return has_answered ? OnError::kStartAgain : OnError::kStartAgainLater;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return OnError::kStartAgainLater;
    case absl::StatusCode::kResourceExhausted:
      return GetErrorDetails(error).reason == "LIMIT_EXCEEDED" ? OnError::kFail
                                                               : OnError::kStartAgainLater;
    default:
      break;
  }
  // Refused for the sake of a subscription that is younger than five seconds, perhaps this one's
  // own before a connection was lost. One that was pushed records, though, has been taken by
  // another reader: to take it back would go on for ever.
  const bool is_in_use = GetErrorDetails(error).reason == "CONSUMER_IN_USE";
  return is_in_use && !has_answered ? OnError::kStartAgainLater : OnError::kFail;
}

}  // namespace penstock::cli
