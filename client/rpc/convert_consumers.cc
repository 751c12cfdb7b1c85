#include "client/rpc/convert_consumers.h"

#include <utility>

namespace penstock {

std::string_view ConsumerStateName(ConsumerState state) {
  switch (state) {
    case ConsumerState::kCreating:
      return "CREATING";
    case ConsumerState::kDeleting:
      return "DELETING";
    case ConsumerState::kActive:
      return "ACTIVE";
    case ConsumerState::kUnknown:
      break;
  }
  return "UNKNOWN";
}

std::string_view CommitmentStatusName(CommitmentStatus status) {
  switch (status) {
    case CommitmentStatus::kEnabled:
      return "ENABLED";
    case CommitmentStatus::kDisabled:
      return "DISABLED";
    case CommitmentStatus::kEnabledUntilEarliestAllowedEnd:
      return "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
    case CommitmentStatus::kUnknown:
      break;
  }
  return "UNKNOWN";
}

namespace rpc {
namespace {

ConsumerState FromStatus(v1::ConsumerStatus status) {
  switch (status) {
    case v1::CONSUMER_STATUS_CREATING:
      return ConsumerState::kCreating;
    case v1::CONSUMER_STATUS_DELETING:
      return ConsumerState::kDeleting;
    case v1::CONSUMER_STATUS_ACTIVE:
      return ConsumerState::kActive;
    default:
      return ConsumerState::kUnknown;
  }
}

CommitmentStatus FromStatus(v1::CommitmentStatus status) {
  switch (status) {
    case v1::COMMITMENT_STATUS_ENABLED:
      return CommitmentStatus::kEnabled;
    case v1::COMMITMENT_STATUS_DISABLED:
      return CommitmentStatus::kDisabled;
    case v1::COMMITMENT_STATUS_ENABLED_UNTIL_EARLIEST_ALLOWED_END:
      return CommitmentStatus::kEnabledUntilEarliestAllowedEnd;
    default:
      return CommitmentStatus::kUnknown;
  }
}

}  // namespace

ConsumerDescription FromConsumer(v1::Consumer consumer) {
  return {std::move(*consumer.mutable_consumer_name()), FromStatus(consumer.consumer_status()),
          absl::FromUnixMillis(consumer.consumer_creation_timestamp_ms()),
          std::move(*consumer.mutable_stream_name())};
}

ConsumerListPage FromResponse(v1::ListStreamConsumersResponse response) {
  ConsumerListPage page;
  for (v1::Consumer& consumer : *response.mutable_consumers())
    page.consumers.push_back(FromConsumer(std::move(consumer)));
  page.next_token = std::move(*response.mutable_next_token());
  return page;
}

ConsumerLag FromResponse(v1::DescribeConsumerLagResponse response) {
  ConsumerLag lag;
  for (v1::ShardLag& message : *response.mutable_shards()) {
    ShardLag& shard = lag.shards.emplace_back();
    shard.shard_id = std::move(*message.mutable_shard_id());
    if (message.has_next_sequence_number())
      shard.next_sequence_number = message.next_sequence_number();
    shard.records_behind_latest = message.records_behind_latest();
    shard.behind_latest = absl::Milliseconds(message.millis_behind_latest());
    shard.is_subscribed = message.subscribed();
  }
  lag.records_behind_latest = response.records_behind_latest();
  lag.behind_latest = absl::Milliseconds(response.millis_behind_latest());
  return lag;
}

AccountLimits FromResponse(const v1::DescribeLimitsResponse& response) {
  return {response.shard_limit(), response.open_shard_count(), response.on_demand_stream_count(),
          response.on_demand_stream_count_limit()};
}

AccountSettings FromCommitment(const v1::MinimumThroughputBillingCommitment& commitment) {
  AccountSettings settings;
  ThroughputCommitment& value = settings.throughput_commitment;
  value.status = FromStatus(commitment.status());
  if (commitment.has_started_at_ms())
    value.started_at = absl::FromUnixMillis(commitment.started_at_ms());
  if (commitment.has_ended_at_ms()) value.ended_at = absl::FromUnixMillis(commitment.ended_at_ms());
  if (commitment.has_earliest_allowed_end_at_ms())
    value.earliest_allowed_end_at = absl::FromUnixMillis(commitment.earliest_allowed_end_at_ms());
  return settings;
}

}  // namespace rpc
}  // namespace penstock
