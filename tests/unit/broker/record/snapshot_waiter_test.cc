// Puts that meet a reshard: the shard is sealed, and the new shards are not there yet.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/stream/reshard_plan.h"
#include "broker/stream/reshard_requests.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

class PutReshardFixture : public RecordPlaneFixture {
 protected:
  explicit PutReshardFixture(int64_t wait_max_ms = 10'000)
      : RecordPlaneFixture([wait_max_ms](RecordPlaneOptions& options) {
          options.reshard_wait_max_ms = wait_max_ms;
        }) {
    StreamConfig config = (*directory.Find("orders"))->config();
    config.next_shard_index = ShardIndex(kShards);
    const auto shards = (*directory.Find("orders"))->shards();
    directory.Publish(std::make_shared<const StreamSnapshot>(config, shards));
  }

  // The first half of a switch to `plan`.
  ParentEnds SealFor(const ReshardPlan& plan) {
    ParentEnds ends;
    for (const PlannedShard& child : plan.children) {
      for (const ShardIndex parent : child.parents) {
        ends[parent] = testing::Seal(log, {StreamId(1), parent})->end;
      }
    }
    return ends;
  }

  // The second.
  void Finish(const ReshardPlan& plan, const ParentEnds& ends) {
    const auto stream = *directory.Find("orders");
    for (const PlannedShard& child : plan.children) {
      storage::NewShard shard;
      shard.first = FirstNumberOf(child, ends);
      for (const ShardIndex parent : child.parents) shard.parents.push_back({StreamId(1), parent});
      REQUIRE(testing::CreateShard(log, {StreamId(1), child.index}, shard).ok());
    }
    directory.Publish(ApplySwitch(*BeginReshard(*stream, plan, kNowMs), ends, kNowMs));
  }

  ReshardPlan SplitAll() { return *PlanShardCount(**directory.Find("orders"), 2 * kShards); }

  testing::Awaited<absl::StatusOr<std::vector<PutResult>>>& StartPut(
      const PutOptions& options = {}) {
    std::vector<RecordView> records;
    // Two for each half of each shard.
    for (const std::string& key : keys_) records.push_back({"a", "key", key});
    for (const std::string& key : keys_) records.push_back({"b", "key", key});
    answers_.push_back(
        std::make_unique<testing::Awaited<absl::StatusOr<std::vector<PutResult>>>>());
    plane->PutRecords("orders", std::move(records), answers_.back()->Callback(), options);
    return *answers_.back();
  }

  // Of the first hash key of each half of each shard. Puts that wait refer to them.
  const std::vector<std::string> keys_ = [] {
    std::vector<std::string> keys;
    for (const HashKeyRange& range : UniformRanges(2 * kShards)) {
      keys.push_back(range.first.ToDecimal());
    }
    return keys;
  }();
  std::vector<std::unique_ptr<testing::Awaited<absl::StatusOr<std::vector<PutResult>>>>> answers_;
};

TEST_CASE_METHOD(PutReshardFixture, "put: one that meets a switch goes to the children") {
  const ReshardPlan plan = SplitAll();
  const ParentEnds ends = SealFor(plan);
  auto& answer = StartPut();
  CHECK_FALSE(answer.ready());
  Finish(plan, ends);
  const auto& results = answer.Get();
  REQUIRE(results.ok());
  for (uint32_t i = 0; i < results->size(); ++i) {
    REQUIRE((*results)[i].status.ok());
    // The parents' number 1 marks their end.
    CHECK((*results)[i].shard == ShardIndex(kShards + i % (2 * kShards)));
    CHECK((*results)[i].sequence_number == SequenceNumber(i < 2 * kShards ? 2 : 3));
  }
}

TEST_CASE_METHOD(PutReshardFixture, "put: shards that do not change do not wait") {
  const auto stream = *directory.Find("orders");
  const auto plan = PlanSwitch(*stream, {{ShardIndex(1), UniformRanges(2 * kShards)[3].first}}, {});
  const ParentEnds ends = SealFor(*plan);
  const std::string key = KeyOfShard(0);
  CHECK(Put(RecordView{"a", "key", key}).ok());
  auto& answer = StartPut();
  CHECK_FALSE(answer.ready());
  Finish(*plan, ends);
  REQUIRE(answer.Get().ok());
  const auto& results = *answer.Get();
  for (const PutResult& result : results) CHECK(result.status.ok());
  CHECK(results[0].shard == ShardIndex(0));
  CHECK(results[2].shard == ShardIndex(4));
  CHECK(results[3].shard == ShardIndex(5));
}

TEST_CASE_METHOD(PutReshardFixture, "put: it waits on where the news is of something else") {
  const ReshardPlan plan = SplitAll();
  const ParentEnds ends = SealFor(plan);
  auto& answer = StartPut();
  const auto stream = *directory.Find("orders");
  StreamConfig config = stream->config();
  config.tags["team"] = "ops";
  directory.Publish(std::make_shared<const StreamSnapshot>(config, stream->shards()));
  Finish(plan, ends);
  REQUIRE(answer.Get().ok());
  for (const PutResult& result : *answer.Get()) CHECK(result.status.ok());
}

TEST_CASE_METHOD(PutReshardFixture, "put: sent again after a switch, it has its first result") {
  PutOptions options;
  options.producer = ProducerStamp{7, 1, 1};
  auto& first = StartPut(options);
  REQUIRE(first.Get().ok());
  const ReshardPlan split = SplitAll();
  Finish(split, SealFor(split));
  const ReshardPlan merge = *PlanShardCount(**directory.Find("orders"), 1);
  Finish(merge, SealFor(merge));
  const uint64_t records = log.Bounds({StreamId(1), ShardIndex(12)})->end.value();
  auto& again = StartPut(options);
  REQUIRE(again.Get().ok());
  for (size_t i = 0; i < first.Get()->size(); ++i) {
    REQUIRE((*again.Get())[i].status.ok());
    CHECK((*again.Get())[i].shard == (*first.Get())[i].shard);
    CHECK((*again.Get())[i].sequence_number == (*first.Get())[i].sequence_number);
  }
  CHECK(log.Bounds({StreamId(1), ShardIndex(12)})->end.value() == records);
}

// A merge makes two batches of it in one shard: each answers for its own records alone.
TEST_CASE_METHOD(PutReshardFixture,
                 "put: sent twice while its shards are merged, it is there once") {
  PutOptions options;
  options.producer = ProducerStamp{7, 1, 1};
  const ReshardPlan merge = *PlanShardCount(**directory.Find("orders"), kShards / 2);
  const ParentEnds ends = SealFor(merge);
  auto& first = StartPut(options);
  auto& again = StartPut(options);
  Finish(merge, ends);
  REQUIRE(first.Get().ok());
  REQUIRE(again.Get().ok());
  for (size_t i = 0; i < first.Get()->size(); ++i) {
    REQUIRE((*first.Get())[i].status.ok());
    REQUIRE((*again.Get())[i].status.ok());
    CHECK((*again.Get())[i].shard == (*first.Get())[i].shard);
    CHECK((*again.Get())[i].sequence_number == (*first.Get())[i].sequence_number);
  }
  const size_t records = first.Get()->size();
  uint64_t stored = 0;
  for (const PlannedShard& child : merge.children) {
    const auto bounds = log.Bounds({StreamId(1), child.index});
    stored += bounds->end.value() - bounds->first.value();
  }
  CHECK(stored == records);
}

TEST_CASE_METHOD(PutReshardFixture, "put: one whose stream goes meanwhile is told so") {
  SealFor(SplitAll());
  auto& answer = StartPut();
  directory.Remove("orders");
  REQUIRE(answer.Get().ok());
  for (const PutResult& result : *answer.Get()) {
    CHECK(ReasonOf(result.status) == ErrorReason::kStreamNotFound);
  }
}

TEST_CASE_METHOD(PutReshardFixture, "put: stopping ends its wait") {
  SealFor(SplitAll());
  auto& answer = StartPut();
  plane->Stop();
  REQUIRE(answer.Get().ok());
  for (const PutResult& result : *answer.Get()) {
    CHECK(ReasonOf(result.status) == ErrorReason::kShuttingDown);
  }
  // One that comes later too.
  auto& later = StartPut();
  REQUIRE(later.Get().ok());
  CHECK(ReasonOf(later.Get()->front().status) == ErrorReason::kShuttingDown);
}

class ShortWaitFixture : public PutReshardFixture {
 protected:
  ShortWaitFixture() : PutReshardFixture(1) {}
};

TEST_CASE_METHOD(ShortWaitFixture, "put: a switch that does not end is not waited for forever") {
  SealFor(SplitAll());
  auto& answer = StartPut();
  REQUIRE(answer.Get().ok());
  for (const PutResult& result : *answer.Get()) {
    CHECK(ReasonOf(result.status) == ErrorReason::kOverloaded);
    CHECK(RetryAfterOf(result.status).has_value());
  }
}

}  // namespace
}  // namespace penstock::broker
