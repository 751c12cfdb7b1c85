#include "storage/producer_row.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::storage {
namespace {

constexpr ProducerRowKey kKey{{StreamId(1), ShardIndex(2)}, 3, 4};

ProducerRow SomeRow() {
  const HashKeyRange keys{HashKey(Uint128{5} << 64 | 6), HashKey(Uint128{7} << 64 | 8)};
  return {9, {10, ShardIndex(11), 12, SequenceNumber(13), 14, keys}};
}

TEST_CASE("a producer's row is read back", "[producer_row]") {
  const auto row = ProducerRow::Decode(kKey, SomeRow().Encode(kKey));
  REQUIRE(row.ok());
  CHECK(row->epoch == 9);
  CHECK(row->result.sequence == 10);
  CHECK(row->result.shard == ShardIndex(11));
  CHECK(row->result.record_count == 12);
  CHECK(row->result.first_sequence_number == SequenceNumber(13));
  CHECK(row->result.append_time_ms == 14);
  CHECK(row->result.hash_keys == SomeRow().result.hash_keys);
}

TEST_CASE("every flipped bit of a producer's row is seen, and a row under another key",
          "[producer_row]") {
  const std::string bytes = SomeRow().Encode(kKey);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    REQUIRE_FALSE(ProducerRow::Decode(kKey, flipped).ok());
  }
  CHECK_FALSE(ProducerRow::Decode({kKey.shard, 3, 5}, bytes).ok());
  CHECK_FALSE(ProducerRow::Decode({kKey.shard, 2, 4}, bytes).ok());
  CHECK_FALSE(ProducerRow::Decode({{StreamId(1), ShardIndex(1)}, 3, 4}, bytes).ok());
  CHECK_FALSE(ProducerRow::Decode(kKey, bytes.substr(1)).ok());
}

}  // namespace
}  // namespace penstock::storage
