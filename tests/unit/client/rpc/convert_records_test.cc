#include "client/rpc/convert_records.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"

namespace penstock::rpc {
namespace {

TEST_CASE("a request carries the records as they are") {
  const auto request = ToRequest(
      "orders", std::vector<PutRecordsEntry>{{std::string("a\0b", 3), "k", ""}, {"", "k2", "17"}},
      {.stamp = PutStamp{7, 2, 9, 8}, .dry_run = true});
  REQUIRE(request.ok());
  CHECK(request->stream_name() == "orders");
  REQUIRE(request->records_size() == 2);
  CHECK(request->records(0).data() == std::string("a\0b", 3));
  CHECK(request->records(1).partition_key() == "k2");
  CHECK(request->records(1).explicit_hash_key() == "17");
  CHECK(request->dry_run());
  CHECK(request->producer().producer_id() == 7);
  CHECK(request->producer().producer_epoch() == 2);
  CHECK(request->producer().producer_sequence() == 9);
  CHECK(request->producer().previous_producer_sequence() == 8);
}

TEST_CASE("a record that cannot be sent is named") {
  const auto bad_key =
      ToRequest("orders", std::vector<PutRecordsEntry>{{"a", "k", ""}, {"b", "\xff", ""}}, {});
  CHECK(absl::IsInvalidArgument(bad_key.status()));
  CHECK(std::string(bad_key.status().message()) ==
        "records[1]: partition_key '\\xff' is not UTF-8");
  CHECK_FALSE(GetErrorDetails(bad_key.status()).outcome_unknown);
  CHECK(absl::IsInvalidArgument(ToRequest("orders", PutRecordsEntry{"a", "", ""}, {}).status()));
  CHECK(absl::IsInvalidArgument(
      ToRequest("orders", PutRecordsEntry{"a", std::string(257, 'k'), ""}, {}).status()));
  CHECK(
      absl::IsInvalidArgument(ToRequest("orders", PutRecordsEntry{"a", "k", "0x17"}, {}).status()));
  CHECK(ToRequest("orders", PutRecordsEntry{"a", std::string(256, 'k'), "17"}, {}).ok());
}

TEST_CASE("what a put asks for besides is sent only where it is asked for") {
  const PutRecordsEntry entry = {"a", "k", ""};
  const auto plain = ToRequest("orders", entry, {});
  REQUIRE(plain.ok());
  CHECK_FALSE(plain->has_sequence_number_for_ordering());
  CHECK_FALSE(plain->has_expected_next_sequence_number());
  CHECK_FALSE(plain->has_producer());
  CHECK_FALSE(plain->dry_run());
  const auto full = ToRequest("orders", entry,
                              {.sequence_number_for_ordering = 0,
                               .expected_next_sequence_number = 5,
                               .stamp = PutStamp{1, 2, 3},
                               .dry_run = true});
  REQUIRE(full.ok());
  CHECK(full->has_sequence_number_for_ordering());
  CHECK(full->expected_next_sequence_number() == 5);
  CHECK(full->producer().producer_sequence() == 3);
  CHECK_FALSE(full->producer().has_previous_producer_sequence());
  CHECK(full->dry_run());
}

TEST_CASE("each position asks for its type of iterator, with what belongs to it alone") {
  const auto trim = ToRequest("s", "shardId-000000000000", IteratorPosition::TrimHorizon(), {});
  CHECK(trim.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
  CHECK_FALSE(trim.has_starting_sequence_number());
  CHECK_FALSE(trim.has_timestamp_ms());
  const auto latest = ToRequest("s", "shardId-000000000000", IteratorPosition::Latest(), {});
  CHECK(latest.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_LATEST);
  const auto at = ToRequest("s", "shardId-000000000000", IteratorPosition::AtSequenceNumber(7), {});
  CHECK(at.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AT_SEQUENCE_NUMBER);
  CHECK(at.starting_sequence_number() == 7);
  CHECK_FALSE(at.has_timestamp_ms());
  const auto after =
      ToRequest("s", "shardId-000000000000", IteratorPosition::AfterSequenceNumber(8), {});
  CHECK(after.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER);
  CHECK(after.starting_sequence_number() == 8);
  const auto time = ToRequest("s", "shardId-000000000000",
                              IteratorPosition::AtTimestamp(absl::FromUnixMicros(1'234'567)), {});
  CHECK(time.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AT_TIMESTAMP);
  CHECK(time.timestamp_ms() == 1'234);
  CHECK_FALSE(time.has_starting_sequence_number());
}

TEST_CASE("results of a put are counted by what they say") {
  v1::PutRecordsResponse response;
  response.add_records()->set_sequence_number(5);
  response.mutable_records(0)->set_shard_id("shardId-000000000001");
  response.add_records()->set_error_code("STORAGE_FAILED");
  response.mutable_records(1)->set_outcome_unknown(true);
  response.add_records()->set_error_code("THROUGHPUT_EXCEEDED");
  response.mutable_records(2)->set_retry_after_ms(1'500);
  response.add_records()->set_error_code("THROUGHPUT_EXCEEDED");
  response.mutable_records(3)->set_retry_after_ms(~uint64_t{0});
  const auto result = FromResponse(response, 4);
  REQUIRE(result.ok());
  CHECK(result->failed_record_count == 3);
  CHECK(result->records[0].ok());
  CHECK(result->records[0].sequence_number == 5);
  CHECK(result->records[0].shard_id == "shardId-000000000001");
  CHECK_FALSE(result->records[1].ok());
  CHECK(result->records[1].outcome_unknown);
  CHECK_FALSE(result->records[1].retry_delay.has_value());
  CHECK(result->records[2].retry_delay == absl::Milliseconds(1'500));
  CHECK(result->records[3].retry_delay == absl::Hours(24));
}

TEST_CASE("an answer with too few results leaves the outcome unknown") {
  const auto result = FromResponse(v1::PutRecordsResponse(), 2);
  CHECK(absl::IsInternal(result.status()));
  CHECK(GetErrorDetails(result.status()).outcome_unknown);
}

TEST_CASE("records come out as they went in") {
  v1::GetRecordsResponse response;
  v1::Record* const record = response.add_records();
  record->set_sequence_number(9);
  record->set_approximate_arrival_timestamp_ms(1'234);
  record->set_data("payload");
  record->set_partition_key("k");
  record->set_explicit_hash_key("17");
  record->set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  response.set_next_shard_iterator("next");
  response.set_millis_behind_latest(1'500);
  response.set_records_behind_latest(3);
  const GetRecordsResult result = FromResponse(response);
  REQUIRE(result.records.size() == 1);
  CHECK(result.records[0].sequence_number == 9);
  CHECK(result.records[0].approximate_arrival_time == absl::FromUnixMillis(1'234));
  CHECK(result.records[0].data == "payload");
  CHECK(result.records[0].partition_key == "k");
  CHECK(result.records[0].explicit_hash_key == "17");
  CHECK(result.records[0].encryption_type == EncryptionType::kKms);
  CHECK(result.next_shard_iterator == "next");
  CHECK(result.behind_latest == absl::Milliseconds(1'500));
  CHECK(result.records_behind_latest == 3);
}

TEST_CASE("a shard that has ended names its children, with all their parents") {
  v1::GetRecordsResponse response;
  v1::ChildShard* const child = response.add_child_shards();
  child->set_shard_id("shardId-000000000002");
  child->add_parent_shards("shardId-000000000000");
  child->add_parent_shards("shardId-000000000001");
  child->mutable_hash_key_range()->set_starting_hash_key("0");
  child->mutable_hash_key_range()->set_ending_hash_key("99");
  const GetRecordsResult result = FromResponse(response);
  REQUIRE(result.child_shards.size() == 1);
  CHECK(result.child_shards[0].shard_id == "shardId-000000000002");
  CHECK(result.child_shards[0].parent_shards ==
        std::vector<std::string>{"shardId-000000000000", "shardId-000000000001"});
  CHECK(result.child_shards[0].starting_hash_key == "0");
  CHECK(result.child_shards[0].ending_hash_key == "99");
}

TEST_CASE("an event says where to go on, or that there is no such place") {
  v1::SubscribeToShardEvent message;
  message.add_records()->set_data("payload");
  message.set_continuation_sequence_number(7);
  message.set_millis_behind_latest(12);
  message.set_records_behind_latest(3);
  SubscriptionEvent event = FromEvent(message);
  REQUIRE(event.records.size() == 1);
  CHECK(event.records[0].data == "payload");
  CHECK(event.records[0].encryption_type == EncryptionType::kNone);
  CHECK(event.continuation_sequence_number == 7);
  CHECK(event.behind_latest == absl::Milliseconds(12));
  CHECK(event.records_behind_latest == 3);
  message.clear_continuation_sequence_number();
  message.add_child_shards()->set_shard_id("shardId-000000000002");
  event = FromEvent(message);
  CHECK_FALSE(event.continuation_sequence_number.has_value());
  CHECK(event.child_shards.size() == 1);
}

TEST_CASE("a subscription says who, where and from where") {
  const auto request = ToRequest({.stream_name = "orders",
                                  .consumer_name = "billing",
                                  .shard_id = "shardId-000000000003",
                                  .starting_position = IteratorPosition::AfterSequenceNumber(9)});
  CHECK(request.stream_name() == "orders");
  CHECK(request.consumer_name() == "billing");
  CHECK(request.shard_id() == "shardId-000000000003");
  CHECK(request.starting_position() == v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER);
  CHECK(request.starting_sequence_number() == 9);
  CHECK_FALSE(request.dry_run());
}

}  // namespace
}  // namespace penstock::rpc
