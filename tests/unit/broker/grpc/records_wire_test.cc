#include "broker/grpc/records_wire.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "penstock/v1/records.pb.h"

namespace penstock::broker {
namespace {

TEST_CASE("records wire: requests as the generated classes write them") {
  v1::PutRecordRequest one;
  one.set_stream_name("orders");
  one.set_data(std::string("\0\xff data", 7));
  one.set_partition_key("key");
  one.set_explicit_hash_key("12");
  const std::string one_bytes = one.SerializeAsString();
  const auto put = ParsePutRecord(one_bytes);
  REQUIRE(put.ok());
  CHECK(put->stream_name == "orders");
  CHECK(put->record.data == one.data());
  CHECK(put->record.partition_key == "key");
  CHECK(put->record.explicit_hash_key == "12");

  v1::PutRecordsRequest many;
  many.set_stream_name("orders");
  for (int i = 0; i < 3; ++i) {
    auto* const entry = many.add_records();
    entry->set_data("data " + std::to_string(i));
    entry->set_partition_key("key " + std::to_string(i));
    if (i == 1) entry->set_explicit_hash_key("7");
  }
  const std::string many_bytes = many.SerializeAsString();
  const auto puts = ParsePutRecords(many_bytes);
  REQUIRE(puts.ok());
  CHECK(puts->stream_name == "orders");
  REQUIRE(puts->records.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(puts->records[i].data == many.records(i).data());
    CHECK(puts->records[i].partition_key == many.records(i).partition_key());
    CHECK(puts->records[i].explicit_hash_key == many.records(i).explicit_hash_key());
  }

  v1::GetRecordsRequest read;
  read.set_shard_iterator("iterator");
  read.set_limit(7);
  read.set_max_wait_ms(1'234);
  read.set_dry_run(true);
  const std::string read_bytes = read.SerializeAsString();
  const auto get = ParseGetRecords(read_bytes);
  REQUIRE(get.ok());
  CHECK(get->shard_iterator == "iterator");
  CHECK(get->limit == 7);
  CHECK(get->max_wait_ms == 1'234);
  CHECK(get->dry_run);
  CHECK_FALSE(ParseGetRecords("")->dry_run);
}

TEST_CASE("records wire: every request cut anywhere is refused or parsed, never more") {
  v1::PutRecordsRequest request;
  request.set_stream_name("orders");
  for (int i = 0; i < 3; ++i) {
    request.add_records()->set_data("data");
    request.mutable_records(i)->set_partition_key("key");
  }
  const std::string whole = request.SerializeAsString();
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    v1::PutRecordsRequest expected;
    const auto parsed = ParsePutRecords(cut);
    INFO("cut to " << size);
    REQUIRE(parsed.ok() == expected.ParseFromString(cut));
    if (!parsed.ok()) {
      CHECK(ReasonOf(parsed.status()) == ErrorReason::kInvalidArgument);
      continue;
    }
    CHECK(parsed->records.size() == static_cast<size_t>(expected.records_size()));
  }
  CHECK_FALSE(ParsePutRecord("\xff").ok());
  CHECK_FALSE(ParseGetRecords("\xff").ok());
}

TEST_CASE("records wire: entries are counted before they are collected") {
  // An empty entry takes two bytes.
  const auto entries = [](size_t count) {
    std::string message;
    for (size_t i = 0; i < count; ++i) message += std::string("\x12\x00", 2);
    return message;
  };
  CHECK(ParsePutRecords("")->records.empty());
  CHECK(ParsePutRecords(entries(500))->records.size() == 500);
  CHECK(ParsePutRecords(entries(501)).status().message() ==
        "records has 501 entries; it must have 1 to 500");
  CHECK(ParsePutRecords(entries(1'000'000)).status().message() ==
        "records has 1000000 entries; it must have 1 to 500");
}

TEST_CASE("records wire: a number too large for its field is no small one") {
  // limit = 2^32 + 1: protobuf would cut it to 1.
  const std::string bytes("\x10\x81\x80\x80\x80\x10", 6);
  CHECK(ParseGetRecords(bytes)->limit == 0xffff'ffff);
}

TEST_CASE("records wire: put responses as the generated classes read them") {
  const PutResult stored{ShardIndex(7), SequenceNumber(300), absl::OkStatus()};
  v1::PutRecordResponse one;
  REQUIRE(one.ParseFromString(EncodePutRecord(stored)));
  CHECK(one.shard_id() == "shardId-000000000007");
  CHECK(one.sequence_number() == 300);

  const PutResult refused{
      ShardIndex(1), {}, WithRetryAfter(MakeError(ErrorReason::kOverloaded, "full"), 1'500)};
  const PutResult unknown{ShardIndex(1), {}, MakeError(ErrorReason::kStorageFailed, "disk")};
  v1::PutRecordsResponse many;
  REQUIRE(many.ParseFromString(EncodePutRecords({refused, stored, unknown})));
  CHECK(many.failed_record_count() == 2);
  REQUIRE(many.records_size() == 3);
  CHECK(many.records(0).error_code() == "OVERLOADED");
  CHECK(many.records(0).error_message() == "full");
  CHECK_FALSE(many.records(0).outcome_unknown());
  CHECK(many.records(0).retry_after_ms() == 1'500);
  CHECK(many.records(0).shard_id().empty());
  CHECK(many.records(1).shard_id() == "shardId-000000000007");
  CHECK(many.records(1).sequence_number() == 300);
  CHECK(many.records(1).error_code().empty());
  CHECK(many.records(2).error_code() == "STORAGE_FAILED");
  CHECK(many.records(2).outcome_unknown());
  CHECK(many.records(2).retry_after_ms() == 0);
}

TEST_CASE("records wire: get responses as the generated classes read them") {
  GetRecordsResult result;
  result.collected.records = {
      {SequenceNumber(1), 1'700'000'000'000, {"first", "key", ""}},
      {SequenceNumber(~uint64_t{0}), -1, {"", "key", "12"}},
      {SequenceNumber(3), 0, {std::string_view("\0\xff", 2), "\xc3\xa9", ""}, /*encrypted=*/true},
  };
  result.next_shard_iterator = "next";
  result.millis_behind_latest = 12;
  result.records_behind_latest = 1'000;
  v1::GetRecordsResponse parsed;
  REQUIRE(parsed.ParseFromString(EncodeGetRecords(result)));
  REQUIRE(parsed.records_size() == 3);
  for (int i = 0; i < 3; ++i) {
    const ReadRecord& expected = result.collected.records[i];
    const v1::Record& record = parsed.records(i);
    CHECK(record.sequence_number() == expected.sequence_number.value());
    CHECK(record.approximate_arrival_timestamp_ms() == expected.approximate_arrival_timestamp_ms);
    CHECK(record.data() == expected.record.data);
    CHECK(record.partition_key() == expected.record.partition_key);
    CHECK(record.explicit_hash_key() == expected.record.explicit_hash_key);
    CHECK(record.encryption_type() ==
          (expected.encrypted ? v1::ENCRYPTION_TYPE_KMS : v1::ENCRYPTION_TYPE_UNSPECIFIED));
  }
  CHECK(parsed.child_shards_size() == 0);
  CHECK(parsed.next_shard_iterator() == "next");
  CHECK(parsed.millis_behind_latest() == 12);
  CHECK(parsed.records_behind_latest() == 1'000);

  REQUIRE(parsed.ParseFromString(EncodeGetRecords({})));
  CHECK(parsed.records_size() == 0);
  CHECK(parsed.next_shard_iterator().empty());
}

TEST_CASE("records wire: child shards as the generated classes read them") {
  GetRecordsResult result;
  result.child_shards = {
      {ShardIndex(4), {ShardIndex(1), ShardIndex(2)}, {HashKey(), HashKey::Max()}},
      {ShardIndex(5), {ShardIndex(1)}, {HashKey::Max(), HashKey::Max()}},
  };
  v1::GetRecordsResponse parsed;
  REQUIRE(parsed.ParseFromString(EncodeGetRecords(result)));
  REQUIRE(parsed.child_shards_size() == 2);
  const v1::ChildShard& merged = parsed.child_shards(0);
  CHECK(merged.shard_id() == "shardId-000000000004");
  REQUIRE(merged.parent_shards_size() == 2);
  CHECK(merged.parent_shards(0) == "shardId-000000000001");
  CHECK(merged.parent_shards(1) == "shardId-000000000002");
  CHECK(merged.hash_key_range().starting_hash_key() == "0");
  CHECK(merged.hash_key_range().ending_hash_key() == "340282366920938463463374607431768211455");
  CHECK(parsed.child_shards(1).parent_shards_size() == 1);
}

TEST_CASE("records wire: subscription events as the generated classes read them") {
  SubscriptionEvent event;
  event.collected.records = {{SequenceNumber(7), 1'700'000'000'000, {"data", "key", "12"}}};
  event.continuation_sequence_number = SequenceNumber(7);
  event.millis_behind_latest = 12;
  event.records_behind_latest = 1'000;
  v1::SubscribeToShardEvent parsed;
  REQUIRE(parsed.ParseFromString(EncodeSubscriptionEvent(event)));
  REQUIRE(parsed.records_size() == 1);
  CHECK(parsed.records(0).sequence_number() == 7);
  CHECK(parsed.records(0).data() == "data");
  CHECK(parsed.continuation_sequence_number() == 7);
  CHECK(parsed.millis_behind_latest() == 12);
  CHECK(parsed.records_behind_latest() == 1'000);
  CHECK(parsed.child_shards_size() == 0);

  SubscriptionEvent last;
  last.child_shards = {{ShardIndex(4), {ShardIndex(1)}, {HashKey(), HashKey::Max()}}};
  REQUIRE(parsed.ParseFromString(EncodeSubscriptionEvent(last)));
  CHECK_FALSE(parsed.has_continuation_sequence_number());
  REQUIRE(parsed.child_shards_size() == 1);
  CHECK(parsed.child_shards(0).parent_shards(0) == "shardId-000000000001");
  CHECK(parsed.child_shards(0).hash_key_range().starting_hash_key() == "0");
}

}  // namespace
}  // namespace penstock::broker
