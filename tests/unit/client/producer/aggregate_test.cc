#include "client/producer/aggregate.h"

#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

namespace penstock::producer {
namespace {

constexpr StreamId kStream(9);

Aggregator MakeAggregator(uint32_t records_max = 3) {
  return Aggregator({{1 << 20, records_max, {}}, /*buffered_time_us=*/100, 1 << 20});
}

Aggregator::Added Add(Aggregator& aggregator, HashKey hash_key, int64_t put_us) {
  return aggregator.Add({"data", "key", ""}, hash_key, {[](PutOutcome) {}, 1, put_us, 7, 4});
}

std::vector<Aggregator::Place> Places(uint32_t count, QueueId first_queue, uint32_t first_shard) {
  std::vector<Aggregator::Place> places;
  for (const HashKeyRange& range : UniformRanges(count)) {
    const auto i = static_cast<uint32_t>(places.size());
    places.push_back(
        {{ShardIndex(first_shard + i), range}, first_queue + i, 1'000 + first_queue + i});
  }
  return places;
}

const auto kAll = [](QueueId) { return true; };
const auto kNone = [](QueueId) { return false; };

TEST_CASE("aggregate: records wait for the shard map in order", "[aggregate]") {
  Aggregator aggregator = MakeAggregator(2);
  CHECK(Add(aggregator, HashKey(1), 10).due_us == 10);
  CHECK_FALSE(Add(aggregator, HashKey(1), 11).due_us.has_value());
  CHECK_FALSE(Add(aggregator, HashKey(1), 12).due_us.has_value());
  CHECK(aggregator.HasUnrouted());
  const auto installed = aggregator.Install(kStream, Places(2, 1, 0), 1 << 20);
  CHECK_FALSE(aggregator.HasUnrouted());
  REQUIRE(installed.closed.size() == 1);
  CHECK(installed.closed[0].queue == 1);
  CHECK(installed.closed[0].shard == ShardKey{kStream, ShardIndex(0)});
  CHECK(installed.closed[0].stamp.producer_id == 1'001);
  CHECK(installed.closed[0].stamp.producer_sequence == 1);
  const auto rest = aggregator.TakeDue(112, kAll);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].stamp.producer_sequence == 2);
}

TEST_CASE("aggregate: a full batch is its putter's to seal, others close in time", "[aggregate]") {
  Aggregator aggregator = MakeAggregator(2);
  aggregator.Install(kStream, Places(2, 1, 0), 1 << 20);
  const auto first = Add(aggregator, HashKey(1), 10);
  CHECK(first.due_us == 110);
  CHECK_FALSE(first.closed.has_value());
  CHECK(Add(aggregator, HashKey(1), 11).closed.has_value());
  // The shard's other batch.
  CHECK_FALSE(Add(aggregator, HashKey::Max(), 20).closed.has_value());
  CHECK(aggregator.TakeDue(119, kAll).empty());
  const auto due = aggregator.TakeDue(120, kAll);
  REQUIRE(due.size() == 1);
  CHECK(due[0].queue == 2);
}

TEST_CASE("aggregate: what a queue could not send is left to grow", "[aggregate]") {
  Aggregator aggregator = MakeAggregator(3);
  aggregator.Install(kStream, Places(1, 1, 0), 1 << 20);
  Add(aggregator, HashKey(1), 10);
  CHECK(aggregator.TakeDue(200, kNone).empty());
  CHECK(aggregator.TakeDue(300, kAll).empty());
  Add(aggregator, HashKey(1), 210);
  CHECK(aggregator.TakeOverdueBefore(110).empty());
  auto overdue = aggregator.TakeOverdue(1);
  REQUIRE(overdue.has_value());
  CHECK(std::move(overdue->batch).Seal(overdue->shard, overdue->stamp, Codec::kNone).record_count ==
        2);
  CHECK_FALSE(aggregator.TakeOverdue(1).has_value());
  CHECK_FALSE(aggregator.TakeOverdue(2).has_value());
}

TEST_CASE("aggregate: a new map closes the batches of shards that are gone", "[aggregate]") {
  Aggregator aggregator = MakeAggregator(3);
  auto places = Places(2, 1, 0);
  aggregator.Install(kStream, places, 1 << 20);
  Add(aggregator, HashKey(1), 10);
  Add(aggregator, HashKey::Max(), 10);
  // The second shard is split.
  const HashKeyRange upper = places[1].shard.hash_keys;
  const HashKey middle(upper.first.value() + (upper.last.value() - upper.first.value()) / 2);
  places[1] = {{ShardIndex(2), {upper.first, middle}}, 3, 1'003};
  places.push_back({{ShardIndex(3), {HashKey(middle.value() + 1), upper.last}}, 4, 1'004});
  const auto installed = aggregator.Install(kStream, places, 1 << 20);
  REQUIRE(installed.closed.size() == 1);
  CHECK(installed.closed[0].queue == 2);
  CHECK(installed.ended == std::vector<std::pair<QueueId, uint64_t>>{{2, 1}});
  // The first goes on, with its open batch and its time.
  const auto due = aggregator.TakeDue(110, kAll);
  REQUIRE(due.size() == 1);
  CHECK(due[0].queue == 1);
  Add(aggregator, HashKey::Max(), 200);
  const auto all = aggregator.TakeAll();
  REQUIRE(all.size() == 1);
  CHECK(all[0].queue == 4);
}

TEST_CASE("aggregate: a batch has its time though it began with the one before", "[aggregate]") {
  Aggregator aggregator = MakeAggregator(2);
  aggregator.Install(kStream, Places(1, 1, 0), 1 << 20);
  Add(aggregator, HashKey(1), 10);
  CHECK(aggregator.TakeDue(200, kNone).empty());
  Add(aggregator, HashKey(1), 10);
  // Of the same microsecond as the first.
  Add(aggregator, HashKey(1), 10);
  CHECK(aggregator.TakeDue(200, kAll).size() == 1);
}

TEST_CASE("aggregate: records without a shard can be taken out", "[aggregate]") {
  Aggregator aggregator = MakeAggregator();
  Add(aggregator, HashKey(1), 10);
  aggregator.Add({std::string(100, 'x'), "key", ""}, HashKey(1), {[](PutOutcome) {}, 1, 20});
  CHECK(aggregator.TakeUnroutedLarger(103).empty());
  CHECK(aggregator.TakeUnroutedLarger(102).size() == 1);
  CHECK(aggregator.TakeUnrouted(10).empty());
  CHECK(aggregator.TakeUnrouted(11).size() == 1);
  CHECK_FALSE(aggregator.HasUnrouted());
}

}  // namespace
}  // namespace penstock::producer
