// SubscribeToShard.

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "broker/kinesis/consumer_lookup.h"
#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "broker/kinesis/shard_place.h"
#include "broker/kinesis/subscribe_call.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status SubscribeToShard(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  ASSIGN_OR_RETURN(const FoundConsumer consumer,
                   FindConsumerByArn(*call, "ConsumerARN", input.Text("ConsumerARN")));
  ASSIGN_OR_RETURN(const std::string shard_id, ReadShardId(*call, input.Text("ShardId")));
  SubscribeToShardRequest request;
  request.stream_name = consumer.stream_name;
  request.consumer_name = consumer.info.name;
  request.shard_id = shard_id;
  if (const std::optional<Structure> position = input.Child("StartingPosition")) {
    request.starting_position =
        ShardIteratorTypeOf(position->Text("Type")).value_or(ShardIteratorType::kUnspecified);
    ASSIGN_OR_RETURN(request.starting_sequence_number,
                     ReadPlace(*call, consumer.stream_name, "StartingPosition.SequenceNumber",
                               position->Text("SequenceNumber"), request.shard_id));
    request.timestamp_ms = position->TimestampMs("Timestamp");
  }
  request.dry_run = call->Flag("DryRun");
  request.connection = call->aws().connection();
  ASSIGN_OR_RETURN(std::shared_ptr<Subscription> subscription,
                   call->context().records.subscriptions().Subscribe(
                       request, [call] { call->aws().exchange().Abort(); }));
  const ShardKey shard = subscription->shard();
  std::make_shared<SubscribeCall>(call, shard)->Start(std::move(subscription));
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 1> kOperations = {{
    {"SubscribeToShard", SubscribeToShard},
}};

}  // namespace

std::span<const KinesisOperation> SubscribeOperations() {
  return kOperations;
}

}  // namespace penstock::broker
