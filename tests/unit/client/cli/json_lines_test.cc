#include "client/cli/json_lines.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

ReceivedRecord RecordWith(std::string data) {
  ReceivedRecord record;
  record.sequence_number = 42;
  record.approximate_arrival_time = absl::FromUnixMillis(1'769'860'800'007);
  record.partition_key = "k\"1";
  record.data = std::move(data);
  return record;
}

TEST_CASE("a record of text is shown as text") {
  CHECK(
      RecordJson("shardId-000000000001", RecordWith("gr\xc3\xbcn\n")) ==
      R"({"shard_id":"shardId-000000000001","sequence_number":42,)"
      R"("approximate_arrival_timestamp":"2026-01-31T12:00:00.007Z","partition_key":"k\"1","data":"grün\n"})");
}

TEST_CASE("a record of other bytes is shown in base 64") {
  const std::string json = RecordJson("shardId-000000000001", RecordWith("\xff\xfe"));
  CHECK(json.find(R"("data_base64":"//4=")") != std::string::npos);
  CHECK(json.find(R"("data":)") == std::string::npos);
}

TEST_CASE("an explicit hash key is shown where there is one") {
  ReceivedRecord record = RecordWith("x");
  CHECK(RecordJson("s", record).find("explicit_hash_key") == std::string::npos);
  record.explicit_hash_key = "17";
  CHECK(RecordJson("s", record).find(R"("explicit_hash_key":"17")") != std::string::npos);
}

TEST_CASE("what became of a line") {
  PutRecordsResultEntry entry;
  entry.shard_id = "shardId-000000000001";
  entry.sequence_number = 18'446'744'073'709'551'615u;
  CHECK(AcknowledgedJson(7, entry) ==
        R"({"line":7,"shard_id":"shardId-000000000001","sequence_number":18446744073709551615})");
  PutRecordsResultEntry failed;
  failed.error_code = "OVERLOADED";
  failed.error_message = "later";
  CHECK(FailedJson(8, failed) ==
        R"({"line":8,"error":"OVERLOADED","message":"later","outcome":"not_applied"})");
  failed.outcome_unknown = true;
  CHECK(FailedJson(8, failed) ==
        R"({"line":8,"error":"OVERLOADED","message":"later","outcome":"unknown"})");
}

TEST_CASE("streams and shards") {
  StreamListing listing{"orders", StreamState::kActive, absl::FromUnixMillis(0)};
  CHECK(
      StreamJson(listing) ==
      R"({"stream_name":"orders","stream_status":"ACTIVE","stream_creation_timestamp":"1970-01-01T00:00:00.000Z"})");
  ShardDescription shard;
  shard.shard_id = "shardId-000000000002";
  shard.starting_hash_key = "0";
  shard.ending_hash_key = "9";
  shard.starting_sequence_number = 5;
  CHECK(
      ShardJson(shard) ==
      R"({"shard_id":"shardId-000000000002","starting_hash_key":"0","ending_hash_key":"9","starting_sequence_number":5})");
  shard.ending_sequence_number = 6;
  shard.parent_shard_id = "shardId-000000000000";
  shard.adjacent_parent_shard_id = "shardId-000000000001";
  const std::string closed = ShardJson(shard);
  CHECK(closed.find(R"("ending_sequence_number":6,"parent_shard_id":"shardId-000000000000")") !=
        std::string::npos);
  CHECK(closed.find(R"("adjacent_parent_shard_id":"shardId-000000000001")") != std::string::npos);
  StreamDescription stream;
  stream.stream_name = "orders";
  stream.open_shard_count = 1;
  CHECK(StreamJson(stream, {shard}).find(R"("open_shard_count":1,"shards":[{"shard_id":)") !=
        std::string::npos);
}

}  // namespace
}  // namespace penstock::cli
