#include "storage/producer_table.h"

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::storage {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(7)};

HashKeyRange Keys(uint64_t first, uint64_t last) {
  return {HashKey(first), HashKey(last)};
}

RecordBatchHeader Put(uint64_t sequence, uint32_t epoch = 1, uint64_t producer = 5) {
  RecordBatchHeader header;
  header.record_count = 1;
  header.producer_id = producer;
  header.producer_epoch = epoch;
  header.producer_sequence = sequence;
  header.hash_keys = Keys(10, 20);
  return header;
}

// Stored as number 100 x sequence, at time 1000 + sequence, unless said otherwise.
ProducerTable::Remembered Store(ProducerTable& table, const RecordBatchHeader& put,
                                ShardIndex shard = kShard.shard) {
  const uint64_t sequence = put.producer_sequence;
  return table.Remember(put.producer_id, put.producer_epoch,
                        {sequence, shard, put.record_count, SequenceNumber(100 * sequence),
                         static_cast<int64_t>(1'000 + sequence), put.hash_keys});
}

bool IsNew(const ProducerTable& table, const RecordBatchHeader& put,
           std::optional<uint64_t> previous = std::nullopt) {
  const auto result = table.Check(kShard, put, previous);
  return result.ok() && !result->has_value();
}

std::optional<ErrorReason> Refusal(const ProducerTable& table, const RecordBatchHeader& put,
                                   std::optional<uint64_t> previous = std::nullopt) {
  const auto result = table.Check(kShard, put, previous);
  if (result.ok()) return std::nullopt;
  return ReasonOf(result.status());
}

TEST_CASE("a put that comes again has the first one's result", "[producer_table]") {
  ProducerTable table;
  CHECK(IsNew(table, Put(3)));
  Store(table, Put(3));
  const auto result = table.Check(kShard, Put(3), 2);
  REQUIRE(result.ok());
  REQUIRE(result->has_value());
  CHECK((*result)->first_sequence_number == SequenceNumber(300));
  CHECK((*result)->append_time_ms == 1'003);
  CHECK(IsNew(table, Put(4)));
  CHECK(IsNew(table, Put(3, 1, 6)));
}

TEST_CASE("a higher epoch begins anew and fences the lower", "[producer_table]") {
  ProducerTable table;
  Store(table, Put(3));
  CHECK(IsNew(table, Put(3, 2), 0));
  CHECK(Refusal(table, Put(3, 2), 3) == ErrorReason::kProducerSequenceGap);
  CHECK(Store(table, Put(1, 2)).row == 0);
  CHECK(Refusal(table, Put(3)) == ErrorReason::kProducerFenced);
  CHECK(Refusal(table, Put(4)) == ErrorReason::kProducerFenced);
}

TEST_CASE("what came before a put must be the last that is stored", "[producer_table]") {
  ProducerTable table;
  CHECK(IsNew(table, Put(3), 0));
  CHECK(Refusal(table, Put(3), 2) == ErrorReason::kProducerSequenceGap);
  Store(table, Put(3));
  CHECK(IsNew(table, Put(9), 3));
  CHECK(Refusal(table, Put(9), 8) == ErrorReason::kProducerSequenceGap);
  CHECK(Refusal(table, Put(9), 0) == ErrorReason::kProducerSequenceGap);
}

TEST_CASE("a result that is no longer kept is not taken for a new put", "[producer_table]") {
  ProducerTable table;
  // The even ones, so that those between are known not to have come.
  for (uint64_t i = 1; i <= kProducerResultsKept; ++i) CHECK(Store(table, Put(2 * i)).row == i - 1);
  CHECK(Refusal(table, Put(1)) == ErrorReason::kProducerSequenceForgotten);
  CHECK(IsNew(table, Put(3)));
  // Late, but new: it takes the row of the oldest.
  CHECK(Store(table, Put(5)).row == 0);
  CHECK(Refusal(table, Put(2)) == ErrorReason::kProducerSequenceForgotten);
  CHECK(Refusal(table, Put(3)) == ErrorReason::kProducerSequenceForgotten);
  CHECK(table.Check(kShard, Put(4), std::nullopt)->has_value());
  CHECK(table.Check(kShard, Put(5), std::nullopt)->has_value());
  CHECK(table.producers().at(5).results.size() == kProducerResultsKept);
}

TEST_CASE("before anything was dropped an old sequence is new", "[producer_table]") {
  ProducerTable table;
  Store(table, Put(10));
  CHECK(IsNew(table, Put(4)));
  CHECK(Refusal(table, Put(4), 3) == ErrorReason::kProducerSequenceGap);
}

TEST_CASE("the other part of a put into two shards is new, a piece of one part is not",
          "[producer_table]") {
  ProducerTable left;
  RecordBatchHeader low = Put(7);
  low.hash_keys = Keys(0, 40);
  Store(left, low, ShardIndex(1));
  ProducerTable child;
  child.Inherit(left);
  // The right half met a closed shard and is sent again, to the child of both.
  RecordBatchHeader high = Put(7);
  high.hash_keys = Keys(60, 90);
  CHECK(IsNew(child, high));
  Store(child, high);
  CHECK((*child.Check(kShard, low, std::nullopt))->shard == ShardIndex(1));
  CHECK((*child.Check(kShard, high, std::nullopt))->shard == kShard.shard);
  // After a split, a retry has fewer records.
  RecordBatchHeader piece = Put(7);
  piece.hash_keys = Keys(5, 6);
  CHECK((*child.Check(kShard, piece, std::nullopt))->shard == ShardIndex(1));
  // One batch of both parts has no one result.
  RecordBatchHeader both = Put(7);
  both.hash_keys = Keys(0, 90);
  CHECK(Refusal(child, both) == ErrorReason::kProducerSequenceForgotten);
}

TEST_CASE("of two parents the higher epoch wins, of equal ones the younger results",
          "[producer_table]") {
  ProducerTable left;
  ProducerTable right;
  Store(left, Put(9, 1, 1), ShardIndex(1));
  Store(right, Put(2, 2, 1), ShardIndex(2));
  for (uint64_t i = 1; i <= kProducerResultsKept; ++i) {
    Store(left, Put(2 * i, 1, 2), ShardIndex(1));
    Store(right, Put(2 * i + 1, 1, 2), ShardIndex(2));
  }
  Store(right, Put(1, 1, 3), ShardIndex(2));
  for (const bool left_first : {false, true}) {
    ProducerTable child;
    child.Inherit(left_first ? left : right);
    child.Inherit(left_first ? right : left);
    CHECK(Refusal(child, Put(9, 1, 1)) == ErrorReason::kProducerFenced);
    CHECK((*child.Check(kShard, Put(2, 2, 1), std::nullopt))->shard == ShardIndex(2));
    const auto& merged = child.producers().at(2);
    CHECK(merged.results.size() == kProducerResultsKept);
    CHECK(merged.rows == kProducerResultsKept);
    for (uint64_t i = kProducerResultsKept + 2; i <= 2 * kProducerResultsKept + 1; ++i) {
      const auto result = child.Check(kShard, Put(i, 1, 2), std::nullopt);
      REQUIRE(result.ok());
      CHECK((*result)->shard == ShardIndex(i % 2 == 0 ? 1 : 2));
    }
    CHECK(Refusal(child, Put(kProducerResultsKept, 1, 2)) ==
          ErrorReason::kProducerSequenceForgotten);
    CHECK((*child.Check(kShard, Put(1, 1, 3), std::nullopt))->shard == ShardIndex(2));
  }
}

TEST_CASE("what two parents have from one grandparent counts once", "[producer_table]") {
  ProducerTable grandparent;
  for (uint64_t i = 1; i <= kProducerResultsKept; ++i) Store(grandparent, Put(i), ShardIndex(0));
  ProducerTable left;
  left.Inherit(grandparent);
  ProducerTable right;
  right.Inherit(grandparent);
  ProducerTable child;
  child.Inherit(left);
  child.Inherit(right);
  CHECK(child.Check(kShard, Put(1), std::nullopt)->has_value());
}

TEST_CASE("past the limit the producer that is idle longest is forgotten", "[producer_table]") {
  ProducerTable table;
  for (uint64_t i = 1; i <= kProducersPerShardMax; ++i)
    CHECK_FALSE(Store(table, Put(i, 1, 10'000 + i)).forgotten.has_value());
  Store(table, Put(kProducersPerShardMax + 1, 1, 10'001));
  const auto remembered = Store(table, Put(kProducersPerShardMax + 2, 1, 1));
  REQUIRE(remembered.forgotten.has_value());
  CHECK(remembered.forgotten->producer_id == 10'002);
  CHECK(remembered.forgotten->rows == 1);
  CHECK(table.producers().size() == kProducersPerShardMax);
  CHECK(IsNew(table, Put(2, 1, 10'002)));
  CHECK(Refusal(table, Put(3, 1, 10'002), 2) == ErrorReason::kProducerSequenceGap);

  ProducerTable other;
  for (uint64_t i = 1; i <= 100; ++i) Store(other, Put(kProducersPerShardMax, 1, i));
  table.Inherit(other);
  CHECK(table.producers().size() == kProducersPerShardMax);
  CHECK_FALSE(table.producers().contains(10'003));
}

TEST_CASE("rows of a producer are put together again, and a missing one is seen",
          "[producer_table]") {
  const auto restore = [](ProducerTable& table, uint8_t row, uint32_t epoch, uint64_t sequence) {
    return table.Restore(kShard, 5, row, epoch,
                         {sequence, kShard.shard, 1, SequenceNumber(sequence), 1, Keys(10, 20)});
  };
  ProducerTable table;
  CHECK(restore(table, 0, 2, 1).ok());
  CHECK(restore(table, 1, 2, 2).ok());
  // Of the epoch before, not yet written over.
  CHECK(restore(table, 2, 1, 30).ok());
  CHECK(restore(table, 3, 1, 40).ok());
  CHECK(table.producers().at(5).rows == 4);
  CHECK(table.producers().at(5).results.size() == 2);
  CHECK(Refusal(table, Put(40)) == ErrorReason::kProducerFenced);
  CHECK(Store(table, Put(3, 2)).row == 2);

  ProducerTable first_missing;
  CHECK_FALSE(restore(first_missing, 1, 1, 1).ok());
  ProducerTable hole;
  REQUIRE(restore(hole, 0, 1, 1).ok());
  CHECK(ReasonOf(restore(hole, 2, 1, 2)) == ErrorReason::kCorruptRecords);
  ProducerTable newer_behind_older;
  REQUIRE(restore(newer_behind_older, 0, 1, 1).ok());
  CHECK_FALSE(restore(newer_behind_older, 1, 2, 2).ok());
}

}  // namespace
}  // namespace penstock::storage
