#include "broker/stream/stream_codec.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "penstock/internal/v1/stored.pb.h"

namespace penstock::broker {
namespace {

using ::penstock::internal::v1::StoredStream;

// Shard 0 was split into 1 and 2.
StreamSnapshot SplitStream() {
  const std::vector<HashKeyRange> halves = UniformRanges(2);
  ShardInfo parent{
      ShardIndex(0), {HashKey(), HashKey::Max()}, SequenceNumber(1), SequenceNumber(500), {}};
  ShardInfo low{ShardIndex(1), halves[0], SequenceNumber(501), std::nullopt, {ShardIndex(0)}};
  ShardInfo high{ShardIndex(2), halves[1], SequenceNumber(501), std::nullopt, {ShardIndex(0)}};
  return StreamSnapshot(
      {StreamId(7), "orders", StreamStatus::kUpdating, 1'700'000'000'000, 48, 2048},
      {parent, low, high});
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
  CHECK(config.retention_period_hours == 48);
  CHECK(config.max_record_size_in_kib == 2048);
  REQUIRE((*decoded)->shards().size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const ShardInfo& was = stream.shards()[i];
    const ShardInfo& is = (*decoded)->shards()[i];
    CHECK(is.index == was.index);
    CHECK(is.hash_keys == was.hash_keys);
    CHECK(is.starting_sequence_number == was.starting_sequence_number);
    CHECK(is.ending_sequence_number == was.ending_sequence_number);
    CHECK(is.parents == was.parents);
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
  // The parent open again: two owners of each key.
  stored.mutable_shards(0)->clear_ending_sequence_number();
  CheckDamaged(stored);
}

}  // namespace
}  // namespace penstock::broker
