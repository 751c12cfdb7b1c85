#include "client/rpc/convert.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"

namespace penstock::rpc {
namespace {

TEST_CASE("a request carries the records as they are") {
  const auto request = ToRequest(
      "orders", std::vector<PutRecordsEntry>{{std::string("a\0b", 3), "k", ""}, {"", "k2", "17"}});
  REQUIRE(request.ok());
  CHECK(request->stream_name() == "orders");
  REQUIRE(request->records_size() == 2);
  CHECK(request->records(0).data() == std::string("a\0b", 3));
  CHECK(request->records(1).partition_key() == "k2");
  CHECK(request->records(1).explicit_hash_key() == "17");
}

TEST_CASE("a record that cannot be sent is named") {
  const auto bad_key =
      ToRequest("orders", std::vector<PutRecordsEntry>{{"a", "k", ""}, {"b", "\xff", ""}});
  CHECK(absl::IsInvalidArgument(bad_key.status()));
  CHECK(std::string(bad_key.status().message()) ==
        "records[1]: partition_key '\\xff' is not UTF-8");
  CHECK_FALSE(GetErrorDetails(bad_key.status()).outcome_unknown);
  CHECK(absl::IsInvalidArgument(ToRequest("orders", PutRecordsEntry{"a", "", ""}).status()));
  CHECK(absl::IsInvalidArgument(
      ToRequest("orders", PutRecordsEntry{"a", std::string(257, 'k'), ""}).status()));
  CHECK(absl::IsInvalidArgument(ToRequest("orders", PutRecordsEntry{"a", "k", "0x17"}).status()));
  CHECK(ToRequest("orders", PutRecordsEntry{"a", std::string(256, 'k'), "17"}).ok());
}

TEST_CASE("each position asks for its type of iterator, with what belongs to it alone") {
  const auto trim = ToRequest("s", "shardId-000000000000", IteratorPosition::TrimHorizon());
  CHECK(trim.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
  CHECK_FALSE(trim.has_starting_sequence_number());
  CHECK_FALSE(trim.has_timestamp_ms());
  const auto latest = ToRequest("s", "shardId-000000000000", IteratorPosition::Latest());
  CHECK(latest.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_LATEST);
  const auto at = ToRequest("s", "shardId-000000000000", IteratorPosition::AtSequenceNumber(7));
  CHECK(at.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AT_SEQUENCE_NUMBER);
  CHECK(at.starting_sequence_number() == 7);
  CHECK_FALSE(at.has_timestamp_ms());
  const auto after =
      ToRequest("s", "shardId-000000000000", IteratorPosition::AfterSequenceNumber(8));
  CHECK(after.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER);
  CHECK(after.starting_sequence_number() == 8);
  const auto time = ToRequest("s", "shardId-000000000000",
                              IteratorPosition::AtTimestamp(absl::FromUnixMicros(1'234'567)));
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
  const auto result = FromResponse(response, 2);
  REQUIRE(result.ok());
  CHECK(result->failed_record_count == 1);
  CHECK(result->records[0].ok());
  CHECK(result->records[0].sequence_number == 5);
  CHECK(result->records[0].shard_id == "shardId-000000000001");
  CHECK_FALSE(result->records[1].ok());
  CHECK(result->records[1].outcome_unknown);
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
  CHECK(result.next_shard_iterator == "next");
  CHECK(result.behind_latest == absl::Milliseconds(1'500));
  CHECK(result.records_behind_latest == 3);
}

TEST_CASE("a shard is open until it has a last number") {
  v1::ListShardsResponse response;
  response.set_next_token("more");
  v1::Shard* const open = response.add_shards();
  open->set_shard_id("shardId-000000000001");
  open->mutable_hash_key_range()->set_starting_hash_key("0");
  open->mutable_hash_key_range()->set_ending_hash_key("99");
  open->mutable_sequence_number_range()->set_starting_sequence_number(4);
  open->set_parent_shard_id("shardId-000000000000");
  response.add_shards()->mutable_sequence_number_range()->set_ending_sequence_number(0);
  const ShardListPage page = FromResponse(response);
  CHECK(page.next_token == "more");
  REQUIRE(page.shards.size() == 2);
  CHECK(page.shards[0].is_open());
  CHECK(page.shards[0].shard_id == "shardId-000000000001");
  CHECK(page.shards[0].ending_hash_key == "99");
  CHECK(page.shards[0].starting_sequence_number == 4);
  CHECK(page.shards[0].parent_shard_id == "shardId-000000000000");
  CHECK_FALSE(page.shards[1].is_open());
}

TEST_CASE("a state that is not known is no error") {
  v1::StreamDescriptionSummary summary;
  summary.set_stream_status(static_cast<v1::StreamStatus>(77));
  CHECK(FromSummary(summary).state == StreamState::kUnknown);
  summary.set_stream_status(v1::STREAM_STATUS_ACTIVE);
  CHECK(FromSummary(summary).state == StreamState::kActive);
  CHECK(std::string(StreamStateName(StreamState::kActive)) == "ACTIVE");
}

}  // namespace
}  // namespace penstock::rpc
