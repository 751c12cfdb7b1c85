#include "broker/stream/stream_codec.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "penstock/internal/v1/stored.pb.h"

namespace penstock::broker {
namespace {

using ::penstock::internal::v1::StoredStream;

// Shard 0 was split into 1 and 2, and 1 is being split into 3 and 4.
StreamSnapshot SplitStream() {
  const std::vector<HashKeyRange> halves = UniformRanges(2);
  const std::vector<HashKeyRange> quarters = UniformRanges(4);
  ShardInfo parent{
      ShardIndex(0), {HashKey(), HashKey::Max()}, SequenceNumber(1), SequenceNumber(500), {}, 1'000,
      2'000};
  ShardInfo low{ShardIndex(1),   halves[0], SequenceNumber(501), std::nullopt,
                {ShardIndex(0)}, 2'000,     std::nullopt};
  ShardInfo high{ShardIndex(2),   halves[1], SequenceNumber(501), std::nullopt,
                 {ShardIndex(0)}, 2'000,     std::nullopt};
  StreamConfig config;
  config.id = StreamId(7);
  config.name = "orders";
  config.status = StreamStatus::kUpdating;
  config.creation_timestamp_ms = 1'700'000'000'000;
  config.retention_period_minutes = 2'880;
  config.max_record_size_in_kib = 2048;
  config.mode = StreamMode::kOnDemand;
  config.warm_throughput_mibps = 7;
  config.limits = StreamLimits::Kinesis();
  config.tags = {{"team", "ops"}, {"empty", ""}};
  config.consumers = {{"audit", 5'000, {{"a", "b"}}}};
  config.last_deregistered_timestamp_ms = 4'000;
  config.encryption = {EncryptionType::kKms, "main", {{1, "old", "w1", 10}, {2, "main", "w2", 20}}};
  config.shard_level_metrics = {ShardLevelMetric::kIncomingBytes, ShardLevelMetric::kIteratorAge};
  config.changes = {{CountedChange::kMode, 99}};
  config.expired_shards = {ShardIndex(9)};
  config.next_shard_index = ShardIndex(3);
  config.reshard = ReshardPlan{{{ShardIndex(3), quarters[0], {ShardIndex(1)}},
                                {ShardIndex(4), quarters[1], {ShardIndex(1)}}},
                               5,
                               3'000};
  return StreamSnapshot(std::move(config), {parent, low, high});
}

StoredStream Stored() {
  StoredStream stored;
  REQUIRE(stored.ParseFromString(EncodeStream(SplitStream())));
  return stored;
}

void CheckDamaged(const StoredStream& stored) {
  const auto decoded = DecodeStream("orders", stored.SerializeAsString());
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.status().code() == absl::StatusCode::kDataLoss);
  CHECK(decoded.status().message().find("orders") != absl::string_view::npos);
}

TEST_CASE("a stream is decoded as it was encoded", "[stream]") {
  const StreamSnapshot stream = SplitStream();
  const auto decoded = DecodeStream("orders", EncodeStream(stream));
  REQUIRE(decoded.ok());
  const StreamConfig& config = (*decoded)->config();
  CHECK(config.id == stream.config().id);
  CHECK(config.name == "orders");
  CHECK(config.status == StreamStatus::kUpdating);
  CHECK(config.creation_timestamp_ms == 1'700'000'000'000);
  CHECK(config.retention_period_minutes == 2'880);
  CHECK(config.max_record_size_in_kib == 2048);
  CHECK(config.mode == StreamMode::kOnDemand);
  CHECK(config.warm_throughput_mibps == 7);
  CHECK(config.limits == StreamLimits::Kinesis());
  CHECK(config.tags == stream.config().tags);
  REQUIRE(config.consumers.size() == 1);
  CHECK(config.consumers[0].name == "audit");
  CHECK(config.consumers[0].creation_timestamp_ms == 5'000);
  CHECK(config.consumers[0].tags == Tags{{"a", "b"}});
  CHECK(config.last_deregistered_timestamp_ms == 4'000);
  CHECK(config.encryption.type == EncryptionType::kKms);
  CHECK(config.encryption.key_id == "main");
  REQUIRE(config.encryption.data_keys.size() == 2);
  CHECK(config.encryption.data_keys[1].generation == 2);
  CHECK(config.encryption.data_keys[1].key_id == "main");
  CHECK(config.encryption.data_keys[1].wrapped == "w2");
  CHECK(config.encryption.data_keys[1].creation_timestamp_ms == 20);
  CHECK(config.shard_level_metrics == stream.config().shard_level_metrics);
  REQUIRE(config.changes.size() == 1);
  CHECK(config.changes[0].change == CountedChange::kMode);
  CHECK(config.changes[0].timestamp_ms == 99);
  CHECK(config.expired_shards == std::vector<ShardIndex>{ShardIndex(9)});
  CHECK(config.next_shard_index == ShardIndex(3));
  REQUIRE(config.reshard);
  CHECK(config.reshard->target_shard_count == 5);
  CHECK(config.reshard->begun_timestamp_ms == 3'000);
  REQUIRE(config.reshard->children.size() == 2);
  CHECK(config.reshard->children[1].index == ShardIndex(4));
  CHECK(config.reshard->children[1].hash_keys == UniformRanges(4)[1]);
  CHECK(config.reshard->children[1].parents == std::vector<ShardIndex>{ShardIndex(1)});
  REQUIRE((*decoded)->shards().size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const ShardInfo& was = stream.shards()[i];
    const ShardInfo& is = (*decoded)->shards()[i];
    CHECK(is.index == was.index);
    CHECK(is.hash_keys == was.hash_keys);
    CHECK(is.starting_sequence_number == was.starting_sequence_number);
    CHECK(is.ending_sequence_number == was.ending_sequence_number);
    CHECK(is.parents == was.parents);
    CHECK(is.creation_timestamp_ms == was.creation_timestamp_ms);
    CHECK(is.closed_timestamp_ms == was.closed_timestamp_ms);
  }
}

TEST_CASE("a stored stream that cannot be one is refused", "[stream]") {
  CHECK(DecodeStream("orders", "\xff\xff").status().code() == absl::StatusCode::kDataLoss);
  CHECK(DecodeStream("other", EncodeStream(SplitStream())).status().code() ==
        absl::StatusCode::kDataLoss);
  StoredStream stored = Stored();
  stored.set_stream_id(0);
  CheckDamaged(stored);
  for (const int status : {0, 5, -1}) {
    stored = Stored();
    stored.set_status(status);
    CheckDamaged(stored);
  }
  stored = Stored();
  stored.clear_shards();
  CheckDamaged(stored);
  stored = Stored();
  stored.mutable_shards()->SwapElements(0, 1);
  CheckDamaged(stored);
  stored = Stored();
  stored.mutable_shards(1)->set_starting_hash_key("short");
  CheckDamaged(stored);
  stored = Stored();
  // A hole of one hash key.
  stored.mutable_shards(2)->set_starting_hash_key(
      HashKey(UniformRanges(2)[1].first.value() + 1).ToBytes());
  CheckDamaged(stored);
  stored = Stored();
  // A reshard of a shard that is closed, one without its status, an index that has been used.
  stored.mutable_reshard()->mutable_children(0)->set_parent_shard_index(0, 0);
  CheckDamaged(stored);
  stored = Stored();
  stored.clear_reshard();
  CheckDamaged(stored);
  stored = Stored();
  stored.set_next_shard_index(2);
  CheckDamaged(stored);
  stored = Stored();
  stored.mutable_limits()->set_profile(4);
  CheckDamaged(stored);
  stored = Stored();
  stored.mutable_encryption()->clear_data_keys();
  CheckDamaged(stored);
  stored = Stored();
  stored.mutable_encryption()->mutable_data_keys(1)->set_generation(1);
  CheckDamaged(stored);
  stored = Stored();
  // The parent open again: two owners of each key.
  stored.mutable_shards(0)->clear_ending_sequence_number();
  CheckDamaged(stored);
}

}  // namespace
}  // namespace penstock::broker
