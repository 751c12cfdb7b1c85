#include "storage/shard_row.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::storage {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(2)};

ShardRow SomeRow() {
  return {
      Epoch(3), SequenceNumber(20), SequenceNumber(30), SequenceNumber(10), 1'700'000'000'000, 4000,
      1000};
}

TEST_CASE("a row is read back", "[shard_row]") {
  const auto row = ShardRow::Decode(kShard, SomeRow().Encode(kShard));
  REQUIRE(row.ok());
  CHECK(row->epoch == Epoch(3));
  CHECK(row->first == SequenceNumber(20));
  CHECK(row->end == SequenceNumber(30));
  CHECK(row->deleted_below == SequenceNumber(10));
  CHECK(row->last_append_time_ms == 1'700'000'000'000);
  CHECK(row->bytes_appended == 4000);
  CHECK(row->bytes_deleted == 1000);
  CHECK_FALSE(row->sealed);
}

TEST_CASE("a row says that its shard is sealed, and unknown flags are refused", "[shard_row]") {
  ShardRow sealed = SomeRow();
  sealed.sealed = true;
  const auto row = ShardRow::Decode(kShard, sealed.Encode(kShard));
  REQUIRE(row.ok());
  CHECK(row->sealed);
  // A row of before there were flags has zeros there.
  const std::string open = SomeRow().Encode(kShard);
  CHECK(open.substr(0, 4) == std::string("\1\0\0\0", 4));
  CHECK(sealed.Encode(kShard).substr(0, 4) == std::string("\1\0\1\0", 4));
}

TEST_CASE("every flipped bit of a row is seen, and a row of another shard", "[shard_row]") {
  const std::string bytes = SomeRow().Encode(kShard);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    REQUIRE_FALSE(ShardRow::Decode(kShard, flipped).ok());
  }
  CHECK_FALSE(ShardRow::Decode({StreamId(1), ShardIndex(1)}, bytes).ok());
  CHECK_FALSE(ShardRow::Decode(kShard, bytes.substr(1)).ok());
}

TEST_CASE("a row whose numbers contradict each other is refused", "[shard_row]") {
  ShardRow row = SomeRow();
  row.end = SequenceNumber(19);
  CHECK_FALSE(ShardRow::Decode(kShard, row.Encode(kShard)).ok());
  row = SomeRow();
  row.deleted_below = SequenceNumber(21);
  CHECK_FALSE(ShardRow::Decode(kShard, row.Encode(kShard)).ok());
}

}  // namespace
}  // namespace penstock::storage
