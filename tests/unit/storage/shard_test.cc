#include "storage/shard.h"

#include <memory>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "storage/tail_ring.h"
#include "tests/support/storage_calls.h"

namespace penstock::storage {
namespace {

constexpr ShardKey kKey{StreamId(1), ShardIndex(0)};

StoredBatch Batch(uint64_t first, int records, int64_t append_time_ms) {
  RecordBatch batch = testing::MakeBatch(kKey, std::vector<std::string>(records, "data"));
  batch.Stamp(Epoch(1), SequenceNumber(first), append_time_ms);
  return std::make_shared<const RecordBatch>(std::move(batch));
}

TEST_CASE("the tail gives the batch that holds a number and those behind it", "[shard]") {
  Shard shard(kKey, ShardRow{});
  shard.PublishBatch(Batch(1, 5, 100));
  shard.PublishBatch(Batch(6, 5, 200));
  shard.PublishBatch(Batch(11, 1, 300));
  std::optional<int64_t> next_ms;
  SequenceNumber tail_begin;
  CHECK(shard.ReadTail(SequenceNumber(5), {}, &next_ms, &tail_begin).size() == 3);
  CHECK_FALSE(next_ms.has_value());
  CHECK(tail_begin == SequenceNumber(1));
  CHECK(shard.ReadTail(SequenceNumber(6), {6, 1 << 20}, &next_ms, &tail_begin).size() == 2);
  CHECK(shard.ReadTail(SequenceNumber(7), {4, 1 << 20}, &next_ms, &tail_begin).size() == 1);
  CHECK(next_ms == 300);
  CHECK(shard.ReadTail(SequenceNumber(1), {100, 1}, &next_ms, &tail_begin).size() == 1);
  CHECK(shard.ReadTail(SequenceNumber(12), {}, &next_ms, &tail_begin).empty());

  CHECK(shard.DropFromTail(SequenceNumber(1)));
  CHECK_FALSE(shard.DropFromTail(SequenceNumber(1)));
  CHECK(shard.ReadTail(SequenceNumber(5), {}, &next_ms, &tail_begin).empty());
  CHECK(tail_begin == SequenceNumber(6));
}

TEST_CASE("a time is found in the tail only where the answer must lie there", "[shard]") {
  Shard shard(kKey, ShardRow{});
  CHECK_FALSE(shard.FindInTail(0).has_value());
  shard.PublishBatch(Batch(1, 5, 100));
  shard.PublishBatch(Batch(6, 5, 200));
  CHECK_FALSE(shard.FindInTail(100).has_value());
  CHECK(shard.FindInTail(101) == SequenceNumber(6));
  CHECK(shard.FindInTail(200) == SequenceNumber(6));
  CHECK(shard.FindInTail(201) == SequenceNumber(11));
  shard.PublishTrim(SequenceNumber(8));
  CHECK(shard.FindInTail(150) == SequenceNumber(8));
}

TEST_CASE("a wait is called once, when there is more", "[shard]") {
  Shard shard(kKey, ShardRow{});
  int called = 0;
  ReadyCallback first = [&] { ++called; };
  ReadyCallback second = [&] { called += 10; };
  REQUIRE(shard.AddWait(1, SequenceNumber(1), &first));
  REQUIRE(shard.AddWait(2, SequenceNumber(6), &second));
  for (ReadyCallback& ready : shard.PublishBatch(Batch(1, 5, 100))) std::move(ready)();
  CHECK(called == 1);
  CHECK_FALSE(shard.RemoveWait(1));
  CHECK(shard.RemoveWait(2));
  ReadyCallback late = [&] { ++called; };
  CHECK_FALSE(shard.AddWait(3, SequenceNumber(5), &late));
  CHECK(shard.PublishBatch(Batch(6, 1, 100)).empty());
}

TEST_CASE("a seal calls all waits, and later ones are ready at once", "[shard]") {
  Shard shard(kKey, ShardRow{});
  shard.PublishBatch(Batch(1, 5, 100));
  ReadyCallback wait = [] {};
  REQUIRE(shard.AddWait(1, SequenceNumber(100), &wait));
  CHECK(shard.PublishSealed().size() == 1);
  CHECK(shard.view().bounds.sealed);
  ReadyCallback late = [] {};
  CHECK_FALSE(shard.AddWait(2, SequenceNumber(100), &late));
}

TEST_CASE("the ring drops the oldest batch of any shard", "[tail_ring]") {
  auto a = std::make_shared<Shard>(kKey, ShardRow{});
  auto b = std::make_shared<Shard>(kKey, ShardRow{});
  const size_t batch_bytes = Batch(1, 5, 100)->bytes().size();
  TailRing ring(2 * batch_bytes);
  std::optional<int64_t> ignored;
  SequenceNumber tail_begin;
  const auto publish = [&](const std::shared_ptr<Shard>& shard, const StoredBatch& batch) {
    shard->PublishBatch(batch);
    ring.OnPublished(shard, *batch);
  };
  publish(a, Batch(1, 5, 100));
  publish(b, Batch(1, 5, 100));
  CHECK(a->ReadTail(SequenceNumber(1), {}, &ignored, &tail_begin).size() == 1);
  publish(b, Batch(6, 5, 100));
  CHECK(a->ReadTail(SequenceNumber(1), {}, &ignored, &tail_begin).empty());
  CHECK(b->ReadTail(SequenceNumber(1), {}, &ignored, &tail_begin).size() == 2);
  CHECK(ring.bytes() == 2 * batch_bytes);
}

}  // namespace
}  // namespace penstock::storage
