#include "client/cli/json_lines.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_details.h"

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
  PutHistory history;
  history.shard_id = "shardId-000000000001";
  PutOutcome stored;
  stored.sequence_number = 18'446'744'073'709'551'615u;
  stored.history = std::make_shared<const PutHistory>(history);
  CHECK(AcknowledgedJson(7, stored) ==
        R"({"line":7,"shard_id":"shardId-000000000001","sequence_number":18446744073709551615})");
  stored.sequence_number = 4;
  stored.sub_sequence_number = 0;
  CHECK(
      AcknowledgedJson(7, stored) ==
      R"({"line":7,"shard_id":"shardId-000000000001","sequence_number":4,"sub_sequence_number":0})");

  CHECK(FailedJson(8, rpc::ToStatus({.reason = "OVERLOADED", .message = "later"})) ==
        R"({"line":8,"error":"OVERLOADED","message":"later","outcome":"not_applied"})");
  CHECK(FailedJson(8, rpc::WithOutcome(absl::UnavailableError("gone"), true)) ==
        R"({"line":8,"error":"UNAVAILABLE","message":"gone","outcome":"unknown"})");
}

TEST_CASE("streams and shards") {
  StreamListing listing{"orders", StreamState::kActive, absl::FromUnixMillis(0)};
  CHECK(
      StreamJson(listing) ==
      R"({"stream_name":"orders","stream_status":"ACTIVE","stream_creation_timestamp":"1970-01-01T00:00:00.000Z","stream_mode":"PROVISIONED"})");
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
  shard.creation_time = absl::FromUnixMillis(1);
  CHECK(ShardJson(shard).find(R"("creation_timestamp":"1970-01-01T00:00:00.001Z")") !=
        std::string::npos);
  StreamDescription stream;
  stream.stream_name = "orders";
  stream.open_shard_count = 1;
  stream.retention_period = absl::Minutes(90);
  stream.limits = {.profile = StreamLimits::Profile::kCustom, .read_calls_per_second = 5};
  const std::string json = StreamJson(stream, {{"team", "delivery"}}, {shard});
  CAPTURE(json);
  const auto has = [&](const char* part) { return json.find(part) != std::string::npos; };
  CHECK(has(R"("retention_period_hours":2,"retention_period_minutes":90)"));
  CHECK(has(R"("limits":{"profile":"CUSTOM",)"));
  CHECK(has(R"("read_calls_per_second":5})"));
  CHECK(has(R"("encryption_type":"NONE")"));
  CHECK(has(R"("tags":[{"key":"team","value":"delivery"}])"));
  CHECK(has(R"("shards":[{"shard_id":)"));
}

TEST_CASE("a lag has its sums and its shards") {
  ConsumerLag lag;
  lag.records_behind_latest = 7;
  lag.behind_latest = absl::Seconds(2);
  lag.shards = {{"shardId-000000000000", 5, 7, absl::Seconds(2), true},
                {"shardId-000000000001", std::nullopt, 0, absl::ZeroDuration(), false}};
  CHECK(
      LagJson(lag) ==
      R"({"records_behind_latest":7,"millis_behind_latest":2000,"shards":[)"
      R"({"shard_id":"shardId-000000000000","records_behind_latest":7,"millis_behind_latest":2000,"subscribed":true,"next_sequence_number":5},)"
      R"({"shard_id":"shardId-000000000001","records_behind_latest":0,"millis_behind_latest":0,"subscribed":false}]})");
}

TEST_CASE("a commitment has the times that there are") {
  AccountSettings settings;
  settings.throughput_commitment.status = CommitmentStatus::kEnabled;
  settings.throughput_commitment.started_at = absl::UnixEpoch();
  CHECK(
      SettingsJson(settings) ==
      R"({"minimum_throughput_billing_commitment":{"status":"ENABLED","started_at":"1970-01-01T00:00:00.000Z"}})");
}

}  // namespace
}  // namespace penstock::cli
