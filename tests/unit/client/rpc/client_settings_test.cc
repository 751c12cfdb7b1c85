// Every change of a stream, its shards and consumers goes out with what it was asked with.
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/client.h"
#include "penstock/errors.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock {
namespace {

using grpc::StatusCode;
using test::FakeBroker;

std::unique_ptr<Client> ConnectTo(const FakeBroker& broker) {
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Connect(test::OptionsFor(broker));
  REQUIRE(client.ok());
  return *std::move(client);
}

// Answers calls of a method with OK, and keeps the last request as text.
template <typename Request, typename Response>
void Record(test::FakeMethod<Request, Response>& method, std::string* seen) {
  method.handler = [seen](const Request& request, Response*) {
    *seen = request.ShortDebugString();
    return grpc::Status::OK;
  };
}

TEST_CASE("settings go out as they are given") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  std::string seen;
  Record(broker.update_stream_mode, &seen);
  CHECK(client->UpdateStreamMode("orders", StreamMode::kOnDemand, 7).ok());
  CHECK(seen ==
        R"(stream_name: "orders" stream_mode: STREAM_MODE_ON_DEMAND warm_throughput_mibps: 7)");
  Record(broker.update_max_record_size, &seen);
  CHECK(client->UpdateMaxRecordSize("orders", 2'048).ok());
  CHECK(seen == R"(stream_name: "orders" max_record_size_in_kib: 2048)");
  Record(broker.update_stream_limits, &seen);
  CHECK(client
            ->UpdateStreamLimits("orders", {.profile = StreamLimits::Profile::kCustom,
                                            .write_records_per_second = 100,
                                            .read_calls_per_second = 9})
            .ok());
  CHECK(seen == R"(stream_name: "orders" limits { profile: LIMITS_PROFILE_CUSTOM )"
                R"(write_records_per_second: 100 read_calls_per_second: 9 })");
  Record(broker.increase_stream_retention_period, &seen);
  CHECK(client->IncreaseStreamRetentionPeriod("orders", absl::Hours(48)).ok());
  CHECK(seen == R"(stream_name: "orders" retention_period_minutes: 2880)");
  Record(broker.decrease_stream_retention_period, &seen);
  CHECK(client->DecreaseStreamRetentionPeriod("orders", absl::Minutes(5)).ok());
  CHECK(seen == R"(stream_name: "orders" retention_period_minutes: 5)");
  Record(broker.start_stream_encryption, &seen);
  CHECK(client->StartStreamEncryption("orders", "main").ok());
  CHECK(seen == R"(stream_name: "orders" encryption_type: ENCRYPTION_TYPE_KMS key_id: "main")");
  Record(broker.stop_stream_encryption, &seen);
  CHECK(client->StopStreamEncryption("orders", "main").ok());
  CHECK(seen == R"(stream_name: "orders" encryption_type: ENCRYPTION_TYPE_KMS key_id: "main")");
  Record(broker.delete_stream, &seen);
  CHECK(client->DeleteStream("orders", {.enforce_consumer_deletion = true}).ok());
  CHECK(seen == R"(stream_name: "orders" enforce_consumer_deletion: true)");
}

TEST_CASE("tags go out as they are given, to a stream or a consumer of it") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  std::string seen;
  Record(broker.add_tags_to_stream, &seen);
  CHECK(client->AddTagsToStream("orders", {{"team", "delivery"}}).ok());
  CHECK(seen == R"(stream_name: "orders" tags { key: "team" value: "delivery" })");
  Record(broker.remove_tags_from_stream, &seen);
  CHECK(client->RemoveTagsFromStream("orders", {"team", "tier"}).ok());
  CHECK(seen == R"(stream_name: "orders" tag_keys: "team" tag_keys: "tier")");
  Record(broker.tag_resource, &seen);
  CHECK(client->TagResource("orders", "billing", {{"team", ""}}).ok());
  CHECK(seen == R"(stream_name: "orders" consumer_name: "billing" tags { key: "team" })");
  Record(broker.untag_resource, &seen);
  CHECK(client->UntagResource("orders", "", {"team"}).ok());
  CHECK(seen == R"(stream_name: "orders" tag_keys: "team")");
  broker.list_tags_for_resource.handler = [](const auto&, auto* response) {
    response->add_tags()->set_key("team");
    return grpc::Status::OK;
  };
  const auto tags = client->ListTagsForResource("orders", "billing");
  REQUIRE(tags.ok());
  REQUIRE(tags->size() == 1);
  CHECK(tags->front().key == "team");
  CHECK(absl::IsInvalidArgument(client->AddTagsToStream("orders", {{"a", "\xff"}})));
}

TEST_CASE("shards are split and merged as asked for") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  std::string seen;
  Record(broker.split_shard, &seen);
  CHECK(client->SplitShard("orders", "shardId-000000000000", "99").ok());
  CHECK(seen == R"(stream_name: "orders" shard_to_split: "shardId-000000000000" )"
                R"(new_starting_hash_key: "99")");
  Record(broker.merge_shards, &seen);
  CHECK(client->MergeShards("orders", "shardId-000000000000", "shardId-000000000001").ok());
  CHECK(seen == R"(stream_name: "orders" shard_to_merge: "shardId-000000000000" )"
                R"(adjacent_shard_to_merge: "shardId-000000000001")");
  broker.update_shard_count.handler = [](const v1::UpdateShardCountRequest& request,
                                         v1::UpdateShardCountResponse* response) {
    response->set_current_shard_count(2);
    response->set_target_shard_count(request.target_shard_count());
    return request.scaling_type() == v1::SCALING_TYPE_UNIFORM_SCALING
               ? grpc::Status::OK
               : grpc::Status(StatusCode::INVALID_ARGUMENT, "scaling_type");
  };
  const auto scaled = client->UpdateShardCount("orders", 8);
  REQUIRE(scaled.ok());
  CHECK(scaled->current_shard_count == 2);
  CHECK(scaled->target_shard_count == 8);
}

TEST_CASE("a change whose answer is lost is not repeated") {
  FakeBroker broker;
  broker.split_shard.handler = [](const auto&, auto*) {
    return grpc::Status(StatusCode::UNAVAILABLE, "gone");
  };
  const auto client = ConnectTo(broker);
  const absl::Status split = client->SplitShard("orders", "shardId-000000000000", "99");
  CHECK(absl::IsUnavailable(split));
  CHECK(GetErrorDetails(split).outcome_unknown);
  CHECK(broker.split_shard.calls == 1);
}

TEST_CASE("consumers are registered, and listed through all pages") {
  FakeBroker broker;
  broker.register_stream_consumer.handler = [](const v1::RegisterStreamConsumerRequest& request,
                                               v1::RegisterStreamConsumerResponse* response) {
    response->mutable_consumer()->set_consumer_name(request.consumer_name());
    response->mutable_consumer()->set_consumer_status(v1::CONSUMER_STATUS_CREATING);
    return grpc::Status::OK;
  };
  broker.list_stream_consumers.handler = [](const v1::ListStreamConsumersRequest& request,
                                            v1::ListStreamConsumersResponse* response) {
    const bool is_first = request.next_token().empty();
    if (request.stream_name().empty() == is_first)
      return grpc::Status(StatusCode::INVALID_ARGUMENT, "both or none");
    response->add_consumers()->set_consumer_name(is_first ? "a" : "b");
    if (is_first) response->set_next_token("second page");
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker);
  const auto consumer = client->RegisterStreamConsumer("orders", "billing");
  REQUIRE(consumer.ok());
  CHECK(consumer->consumer_name == "billing");
  CHECK(consumer->state == ConsumerState::kCreating);
  const auto consumers = client->ListAllStreamConsumers("orders");
  REQUIRE(consumers.ok());
  REQUIRE(consumers->size() == 2);
  CHECK((*consumers)[1].consumer_name == "b");
}

TEST_CASE("the account is described and committed") {
  FakeBroker broker;
  broker.describe_limits.handler = [](const auto&, v1::DescribeLimitsResponse* response) {
    response->set_shard_limit(50'000);
    response->set_open_shard_count(12);
    return grpc::Status::OK;
  };
  broker.update_account_settings.handler = [](const v1::UpdateAccountSettingsRequest& request,
                                              v1::UpdateAccountSettingsResponse* response) {
    response->mutable_minimum_throughput_billing_commitment()->set_status(
        request.minimum_throughput_billing_commitment_status());
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker);
  const auto limits = client->DescribeLimits();
  REQUIRE(limits.ok());
  CHECK(limits->shard_limit == 50'000);
  CHECK(limits->open_shard_count == 12);
  const auto settings = client->UpdateAccountSettings(CommitmentStatus::kEnabled);
  REQUIRE(settings.ok());
  CHECK(settings->throughput_commitment.status == CommitmentStatus::kEnabled);
  CHECK(
      absl::IsInvalidArgument(client->UpdateAccountSettings(CommitmentStatus::kUnknown).status()));
}

}  // namespace
}  // namespace penstock
