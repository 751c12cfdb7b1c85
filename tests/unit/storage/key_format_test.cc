#include "storage/key_format.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::storage {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(2)};

TEST_CASE("keys are read back, and by no other shard", "[key_format]") {
  const std::string data = DataKey(kShard, SequenceNumber(300));
  CHECK(DecodeDataKey(kShard, data) == SequenceNumber(300));
  CHECK_FALSE(DecodeDataKey({StreamId(1), ShardIndex(3)}, data).has_value());
  CHECK_FALSE(DecodeDataKey(kShard, data.substr(1)).has_value());

  const std::string time = TimeIndexKey(kShard, {5, SequenceNumber(6)});
  REQUIRE(DecodeTimeIndexKey(kShard, time).has_value());
  CHECK(DecodeTimeIndexKey(kShard, time)->append_time_ms == 5);
  CHECK(DecodeTimeIndexKey(kShard, time)->first_sequence_number == SequenceNumber(6));
  CHECK_FALSE(DecodeTimeIndexKey({StreamId(2), ShardIndex(2)}, time).has_value());

  CHECK(DecodeShardPrefix(ShardPrefix(kShard)) == kShard);
  CHECK_FALSE(DecodeShardPrefix(data).has_value());
  const std::string producer = EncodeProducerRowKey({kShard, 400, 5});
  REQUIRE(DecodeProducerRowKey(producer).has_value());
  CHECK(DecodeProducerRowKey(producer)->shard == kShard);
  CHECK(DecodeProducerRowKey(producer)->producer_id == 400);
  CHECK(DecodeProducerRowKey(producer)->row == 5);
  CHECK_FALSE(DecodeProducerRowKey(ShardPrefix(kShard)).has_value());
  CHECK_FALSE(DecodeShardPrefix(producer).has_value());
  CHECK(DecodeBytesBefore(EncodeBytesBefore(~uint64_t{0})) == ~uint64_t{0});
}

TEST_CASE("keys order as their numbers do", "[key_format]") {
  CHECK(ShardPrefix(kShard) < EncodeProducerRowKey({kShard, 0, 0}));
  CHECK(EncodeProducerRowKey({kShard, 1, 255}) < EncodeProducerRowKey({kShard, 2, 0}));
  CHECK(EncodeProducerRowKey({kShard, ~uint64_t{0}, 255}) < ShardEnd(kShard));
  CHECK(DataKey(kShard, SequenceNumber(255)) < DataKey(kShard, SequenceNumber(256)));
  CHECK(DataKey(kShard, SequenceNumber(~uint64_t{0})) < ShardEnd(kShard));
  CHECK(TimeIndexKey(kShard, {INT64_MAX, SequenceNumber(~uint64_t{0})}) < ShardEnd(kShard));
  CHECK(ShardEnd(kShard) == ShardPrefix({StreamId(1), ShardIndex(3)}));
  CHECK(ShardEnd({StreamId(1), ShardIndex(~uint32_t{0})}) ==
        ShardPrefix({StreamId(2), ShardIndex(0)}));
  CHECK(TimeIndexKey(kShard, {9, SequenceNumber(7)}) <
        TimeIndexKey(kShard, {10, SequenceNumber(1)}));
}

}  // namespace
}  // namespace penstock::storage
