#include "client/rpc/convert_consumers.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::rpc {
namespace {

TEST_CASE("a consumer is what the broker says it is") {
  v1::ListStreamConsumersResponse response;
  response.set_next_token("more");
  v1::Consumer* const message = response.add_consumers();
  message->set_consumer_name("billing");
  message->set_stream_name("orders");
  message->set_consumer_status(v1::CONSUMER_STATUS_ACTIVE);
  message->set_consumer_creation_timestamp_ms(55);
  response.add_consumers()->set_consumer_status(static_cast<v1::ConsumerStatus>(77));
  const ConsumerListPage page = FromResponse(response);
  CHECK(page.next_token == "more");
  REQUIRE(page.consumers.size() == 2);
  CHECK(page.consumers[0].consumer_name == "billing");
  CHECK(page.consumers[0].stream_name == "orders");
  CHECK(page.consumers[0].state == ConsumerState::kActive);
  CHECK(page.consumers[0].creation_time == absl::FromUnixMillis(55));
  CHECK(page.consumers[1].state == ConsumerState::kUnknown);
  CHECK(std::string(ConsumerStateName(page.consumers[1].state)) == "UNKNOWN");
}

TEST_CASE("a lag has a place only where the consumer has one") {
  v1::DescribeConsumerLagResponse response;
  v1::ShardLag* const message = response.add_shards();
  message->set_shard_id("shardId-000000000001");
  message->set_next_sequence_number(0);
  message->set_records_behind_latest(4);
  message->set_millis_behind_latest(1'500);
  message->set_subscribed(true);
  response.add_shards();
  response.set_records_behind_latest(6);
  response.set_millis_behind_latest(2'000);
  const ConsumerLag lag = FromResponse(response);
  REQUIRE(lag.shards.size() == 2);
  CHECK(lag.shards[0].shard_id == "shardId-000000000001");
  CHECK(lag.shards[0].next_sequence_number == 0);
  CHECK(lag.shards[0].records_behind_latest == 4);
  CHECK(lag.shards[0].behind_latest == absl::Milliseconds(1'500));
  CHECK(lag.shards[0].is_subscribed);
  CHECK_FALSE(lag.shards[1].next_sequence_number.has_value());
  CHECK(lag.records_behind_latest == 6);
  CHECK(lag.behind_latest == absl::Seconds(2));
}

TEST_CASE("a commitment has the times that it has") {
  v1::MinimumThroughputBillingCommitment message;
  message.set_status(v1::COMMITMENT_STATUS_ENABLED_UNTIL_EARLIEST_ALLOWED_END);
  message.set_started_at_ms(5);
  const ThroughputCommitment commitment = FromCommitment(message).throughput_commitment;
  CHECK(commitment.status == CommitmentStatus::kEnabledUntilEarliestAllowedEnd);
  CHECK(commitment.started_at == absl::FromUnixMillis(5));
  CHECK_FALSE(commitment.ended_at.has_value());
  CHECK_FALSE(commitment.earliest_allowed_end_at.has_value());
}

}  // namespace
}  // namespace penstock::rpc
