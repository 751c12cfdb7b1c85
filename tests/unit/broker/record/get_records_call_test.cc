#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/record/shard_position.h"
#include "common/record_batch_builder.h"
#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Seq = std::vector<uint64_t>;
using Type = ShardIteratorType;

constexpr size_t kMib = 1024 * 1024;

struct Fixture : ReshardFixture {
  using ReshardFixture::ReshardFixture;

  static Seq Children(const Answer& answer) {
    Seq children;
    for (const ChildShard& child : answer->child_shards) children.push_back(child.shard.value());
    return children;
  }

  std::string IteratorAt(uint64_t number) {
    return SealShardIterator(tokens, {Shard(0), SequenceNumber(number)});
  }
  uint64_t NextOf(const Answer& answer) {
    const auto position = OpenShardIterator(tokens, clock, answer->next_shard_iterator);
    REQUIRE(position.ok());
    return position->next.value();
  }
};

TEST_CASE_METHOD(Fixture, "get records: from the middle of a batch over several, and on") {
  PutBatch(0, 3);
  clock.AdvanceMs(100);
  PutBatch(0, 3);
  clock.AdvanceMs(100);
  PutBatch(0, 3);
  clock.AdvanceMs(7);

  const Answer first = Get(IteratorAt(2), 3);
  CHECK(Numbers(first) == Seq{2, 3, 4});
  CHECK(NextOf(first) == 5);
  CHECK(first->records_behind_latest == 5);
  // Number 5 came with the second batch, 107 ms ago.
  CHECK(first->millis_behind_latest == 107);
  CHECK(first->collected.records[0].approximate_arrival_timestamp_ms == kNowMs);
  CHECK(first->collected.records[2].approximate_arrival_timestamp_ms == kNowMs + 100);
  CHECK(first->collected.records[0].record.data == "x");
  CHECK(first->collected.records[0].record.explicit_hash_key == "0");

  const Answer second = Get(first->next_shard_iterator, 2);
  CHECK(Numbers(second) == Seq{5, 6});
  CHECK(second->millis_behind_latest == 7);
  CHECK(second->records_behind_latest == 3);

  const Answer third = Get(second->next_shard_iterator);
  CHECK(Numbers(third) == Seq{7, 8, 9});
  CHECK(third->millis_behind_latest == 0);
  CHECK(third->records_behind_latest == 0);

  const Answer tip = Get(third->next_shard_iterator);
  CHECK(Numbers(tip).empty());
  CHECK(NextOf(tip) == 10);
  CHECK(tip->millis_behind_latest == 0);
}

TEST_CASE_METHOD(Fixture, "get records: limits") {
  for (int i = 0; i < 21; ++i) PutBatch(0, 500);
  CHECK(Numbers(Get(Horizon(), 1)) == Seq{1});
  CHECK(Numbers(Get(Horizon(), 9'999)).size() == 9'999);
  CHECK(Numbers(Get(Horizon(), 10'000)).size() == 10'000);
  CHECK(Numbers(Get(Horizon(), 0)).size() == 10'000);
  const Answer over = Get(Horizon(), 10'001);
  CHECK(ReasonName(over) == "INVALID_ARGUMENT");
  CHECK(FieldOf(over.status()) == "limit");

  CHECK(ReasonName(Get(Horizon(), 1, 30'000)) == "OK");
  const Answer wait = Get(Horizon(), 1, 30'001);
  CHECK(ReasonName(wait) == "INVALID_ARGUMENT");
  CHECK(FieldOf(wait.status()) == "max_wait_ms");
}

TEST_CASE_METHOD(Fixture, "get records: 10 MiB, but at least one record") {
  StreamConfig config = testing::ActiveStream(2, "large");
  config.max_record_size_in_kib = kRecordKibMax;
  directory.Set(config, testing::OpenShards(1), log);
  const std::string data(kRecordBytesMax, 'd');
  const auto put = [&](size_t bytes) {
    REQUIRE(Put(RecordView{std::string_view(data).substr(0, bytes - 1), "k", ""}, "large").ok());
  };
  put(5 * kMib);
  put(5 * kMib);
  put(1);
  put(10 * kMib);
  const auto iterator = [&](uint64_t number) {
    return SealShardIterator(tokens, {{StreamId(2), ShardIndex(0)}, SequenceNumber(number)});
  };
  CHECK(Numbers(Get(iterator(1))) == Seq{1, 2});
  CHECK(Numbers(Get(iterator(2))) == Seq{2, 3});
  CHECK(Numbers(Get(iterator(3))) == Seq{3});
  const Answer largest = Get(iterator(4));
  CHECK(Numbers(largest) == Seq{4});
  CHECK(largest->collected.records[0].record.data.size() == 10 * kMib - 1);
}

TEST_CASE_METHOD(Fixture, "get records: compressed batches are unpacked") {
  RecordBatchBuilder builder;
  const std::string data(1'000, 'z');
  for (int i = 0; i < 10; ++i) builder.Add({data, "k", ""}, HashKey());
  RecordBatch batch = std::move(builder).Build(Shard(0), Codec::kZstd);
  REQUIRE(batch.header().codec == Codec::kZstd);
  log.Append(Shard(0), std::move(batch), {}, [](auto) {});
  const Answer answer = Get(IteratorAt(4), 2);
  CHECK(Numbers(answer) == Seq{4, 5});
  CHECK(answer->collected.records[1].record.data == data);
}

TEST_CASE_METHOD(Fixture, "get records: below the trim horizon starts at it") {
  PutBatch(0, 5);
  log.Trim(Shard(0), SequenceNumber(4), [](const absl::Status&) {});
  CHECK(Numbers(Get(IteratorAt(1))) == Seq{4, 5});
  log.Trim(Shard(0), SequenceNumber(6), [](const absl::Status&) {});
  const Answer empty = Get(IteratorAt(1));
  CHECK(Numbers(empty).empty());
  CHECK(NextOf(empty) == 6);
}

TEST_CASE_METHOD(Fixture,
                 "get records: a closed shard ends with its children, without an iterator") {
  PutBatch(0, 4);
  Split(0);
  const Answer part = Get(Horizon(), 3);
  CHECK(NextOf(part) == 4);
  CHECK(Children(part).empty());
  const Answer rest = Get(part->next_shard_iterator);
  CHECK(Numbers(rest) == Seq{4});
  CHECK(rest->next_shard_iterator.empty());
  CHECK(Children(rest) == Seq{4, 5});
  CHECK(rest->child_shards[0].parents == std::vector<ShardIndex>{ShardIndex(0)});
  CHECK(rest->child_shards[0].hash_keys == shards[4].hash_keys);
  CHECK(rest->records_behind_latest == 0);
  // Does not wait: nothing will come.
  const Answer end = Get(Iterator(Type::kLatest).value(), 0, 30'000);
  CHECK(Numbers(end).empty());
  CHECK(end->next_shard_iterator.empty());
  CHECK(Children(end) == Seq{4, 5});
}

TEST_CASE_METHOD(Fixture, "get records: a merged shard's child names both parents") {
  PutBatch(1, 3);
  Merge(0, 1);
  for (const uint32_t parent : {0, 1}) {
    const Answer end = Get(SealShardIterator(tokens, {Shard(parent), SequenceNumber(1)}));
    CHECK(end->next_shard_iterator.empty());
    CHECK(Children(end) == Seq{4});
    CHECK(end->child_shards[0].parents == std::vector<ShardIndex>{ShardIndex(0), ShardIndex(1)});
  }
}

TEST_CASE_METHOD(Fixture, "get records: a closed shard whose records are all gone is at its end") {
  PutBatch(0, 4);
  Split(0);
  log.Trim(Shard(0), SequenceNumber(5), [](const absl::Status&) {});
  const Answer end = Get(IteratorAt(1));
  CHECK(end->next_shard_iterator.empty());
  CHECK(Children(end) == Seq{4, 5});
}

TEST_CASE_METHOD(Fixture, "get records: sealed but not published yet is the tip") {
  PutBatch(0, 2);
  Seal(0);
  const Answer all = Get(Horizon());
  CHECK(Numbers(all) == Seq{1, 2});
  CHECK(NextOf(all) == 3);
  CHECK(Children(all).empty());
  const Answer tip = Get(all->next_shard_iterator, 0, 1);
  CHECK(NextOf(tip) == 3);
  CHECK(Children(tip).empty());
}

TEST_CASE_METHOD(Fixture, "get records: iterators of what is gone") {
  const std::string iterator = Horizon();
  CHECK(ReasonName(Get("nonsense")) == "INVALID_ITERATOR");
  CHECK(ReasonName(Get(IteratorAt(2))) == "INVALID_ITERATOR");
  CHECK(ReasonName(Get(SealShardIterator(tokens, {Shard(9), SequenceNumber(1)}))) ==
        "SHARD_NOT_FOUND");

  StreamConfig again = testing::ActiveStream(2, "orders");
  directory.Set(again, testing::OpenShards(kShards), log);
  CHECK(ReasonName(Get(iterator)) == "STREAM_NOT_FOUND");
  directory.Remove("orders");
  CHECK(ReasonName(Get(iterator)) == "STREAM_NOT_FOUND");

  again.id = StreamId(1);
  again.status = StreamStatus::kDeleting;
  directory.Set(again, testing::OpenShards(kShards), log);
  CHECK(ReasonName(Get(iterator)) == "STREAM_NOT_FOUND");

  clock.AdvanceMs(kIteratorLifetimeMs + 1);
  CHECK(ReasonName(Get(iterator)) == "EXPIRED_ITERATOR");
}

TEST_CASE_METHOD(Fixture, "get records: data loss passes through") {
  PutBatch(0, 1);
  log.FailReads(Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "numbers 1 to 1 are lost"));
  const Answer lost = Get(Horizon());
  CHECK(ReasonName(lost) == "CORRUPT_RECORDS");
  CHECK(lost.status().code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(MessageOf(lost), ContainsSubstring("numbers 1 to 1 are lost"));
}

TEST_CASE_METHOD(Fixture, "long poll: woken by an append") {
  const std::string iterator = Horizon();
  testing::Awaited<Answer> answer;
  const auto call = plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  // The put may come before the wait or in it: both must answer with the record.
  PutBatch(0, 2);
  CHECK(Numbers(answer.Get()) == Seq{1, 2});
  CHECK(log.open_waits() == 0);
  CHECK(plane->read_budget().waits_in_use() == 0);
}

// Shorter than the waits themselves: what ends them must not be their deadline.
constexpr std::chrono::seconds kGiveUp{10};

void AwaitOpenWaits(testing::MemoryShardLog& log, size_t count) {
  const auto give_up = std::chrono::steady_clock::now() + kGiveUp;
  while (log.open_waits() != count) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::yield();
  }
}

TEST_CASE_METHOD(Fixture, "long poll: woken in the wait by an append") {
  const std::string iterator = Horizon();
  testing::Awaited<Answer> answer;
  plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  AwaitOpenWaits(log, 1);
  CHECK_FALSE(answer.ready());
  PutBatch(1, 1);
  CHECK(log.open_waits() == 1);
  PutBatch(0, 2);
  CHECK(Numbers(answer.Get()) == Seq{1, 2});
}

TEST_CASE_METHOD(Fixture, "long poll: ends at its deadline with nothing") {
  const Answer answer = Get(Horizon(), 0, 1);
  CHECK(Numbers(answer).empty());
  CHECK(NextOf(answer) == 1);
  CHECK(log.open_waits() == 0);
}

TEST_CASE_METHOD(Fixture, "long poll: cancelled, the wait goes") {
  testing::Awaited<Answer> answer;
  const std::string iterator = Horizon();
  const auto call = plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  AwaitOpenWaits(log, 1);
  call->Cancel();
  CHECK(answer.Get().status().code() == absl::StatusCode::kCancelled);
  CHECK(log.open_waits() == 0);
  CHECK(plane->read_budget().waits_in_use() == 0);
  call->Cancel();
}

TEST_CASE_METHOD(Fixture, "long poll: the stream is deleted") {
  testing::Awaited<Answer> answer;
  const std::string iterator = Horizon();
  plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  AwaitOpenWaits(log, 1);
  directory.Remove("orders");
  REQUIRE(testing::DeleteShard(log, Shard(0)).ok());
  CHECK(ReasonName(answer.Get()) == "STREAM_NOT_FOUND");
}

TEST_CASE_METHOD(Fixture, "long poll: stop answers all waits with nothing, then refuses") {
  std::vector<testing::Awaited<Answer>> answers(20);
  const std::string iterator = Horizon();
  for (auto& answer : answers) plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  plane->Stop();
  for (auto& answer : answers) {
    REQUIRE(answer.ready());
    CHECK(Numbers(answer.Get()).empty());
    CHECK(NextOf(answer.Get()) == 1);
  }
  CHECK(log.open_waits() == 0);
  CHECK(ReasonName(Get(iterator)) == "SHUTTING_DOWN");
}

TEST_CASE_METHOD(Fixture, "long poll: the log stops") {
  testing::Awaited<Answer> answer;
  const std::string iterator = Horizon();
  plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  AwaitOpenWaits(log, 1);
  log.Stop();
  CHECK(Numbers(answer.Get()).empty());
  CHECK(Numbers(Get(iterator, 0, 30'000)).empty());
}

TEST_CASE_METHOD(Fixture, "long poll: waits on from the seal to the snapshot with the children") {
  testing::Awaited<Answer> answer;
  const std::string iterator = Horizon();
  plane->GetRecords({iterator, 0, 30'000}, answer.Callback());
  AwaitOpenWaits(log, 1);
  Seal(0);
  AwaitOpenWaits(log, 0);
  // Another snapshot that has nothing to do with it.
  PublishShards();
  CHECK_FALSE(answer.ready());
  Publish({0}, 2);
  CHECK(Numbers(answer.Get()).empty());
  CHECK(answer.Get()->next_shard_iterator.empty());
  CHECK(Children(answer.Get()) == Seq{4, 5});
  CHECK(plane->read_budget().waits_in_use() == 0);
}

TEST_CASE_METHOD(Fixture, "long poll: between the seal and the snapshot it can be ended") {
  testing::Awaited<Answer> cancelled;
  testing::Awaited<Answer> stopped;
  const std::string iterator = Horizon();
  Seal(0);
  const auto call = plane->GetRecords({iterator, 0, 30'000}, cancelled.Callback());
  plane->GetRecords({iterator, 0, 30'000}, stopped.Callback());
  // One that is still reading answers with what it has read.
  const auto give_up = std::chrono::steady_clock::now() + kGiveUp;
  while (plane->read_budget().waits_in_use() != 2) {
    REQUIRE(std::chrono::steady_clock::now() < give_up);
    std::this_thread::yield();
  }
  call->Cancel();
  CHECK(cancelled.Get().status().code() == absl::StatusCode::kCancelled);
  plane->Stop();
  CHECK(NextOf(stopped.Get()) == 1);
  // Nobody is called for what comes later.
  Publish({0}, 2);
}

struct SmallBudget : Fixture {
  SmallBudget()
      : Fixture([](RecordPlaneOptions& options) {
          options.read_bytes_in_flight_max = 100;
          options.read_waits_max = 2;
        }) {}
};

TEST_CASE_METHOD(SmallBudget, "get records: answers under way are bounded") {
  PutBatch(0, 10);
  {
    const Answer first = Get(Horizon());
    CHECK(Numbers(first).size() == 10);
    CHECK(plane->read_budget().bytes_in_use() > 100);
    CHECK(ReasonName(Get(Horizon())) == "OVERLOADED");
  }
  CHECK(plane->read_budget().bytes_in_use() == 0);
  CHECK(ReasonName(Get(Horizon())) == "OK");
}

struct SmallShare : Fixture {
  SmallShare()
      : Fixture([](RecordPlaneOptions& options) {
          options.connection_read_bytes_in_flight_max = 100;
        }) {}

  Answer GetAs(std::string_view connection) {
    testing::Awaited<Answer> answer;
    plane->GetRecords({Horizon(), 0, 0, connection}, answer.Callback());
    return std::move(answer.Get());
  }
};

TEST_CASE_METHOD(SmallShare, "get records: a connection that takes nothing keeps nobody else") {
  PutBatch(0, 10);
  const Answer held = GetAs("stalled");
  CHECK(Numbers(held).size() == 10);
  CHECK(ReasonName(GetAs("stalled")) == "OVERLOADED");
  CHECK(ReasonName(GetAs("other")) == "OK");
}

TEST_CASE_METHOD(SmallBudget, "get records: a reader at the tip is not refused for others' bytes") {
  const std::string iterator = Horizon();
  PutBatch(0, 10);
  const Answer held = Get(iterator);
  CHECK(ReasonName(Get(iterator)) == "OVERLOADED");
  CHECK(ReasonName(Get(held->next_shard_iterator)) == "OK");
}

TEST_CASE_METHOD(SmallBudget, "get records: waits are bounded") {
  const std::string iterator = Horizon();
  testing::Awaited<Answer> first;
  testing::Awaited<Answer> second;
  const auto call = plane->GetRecords({iterator, 0, 30'000}, first.Callback());
  plane->GetRecords({iterator, 0, 30'000}, second.Callback());
  AwaitOpenWaits(log, 2);
  CHECK(ReasonName(Get(iterator, 0, 30'000)) == "OVERLOADED");
  CHECK(ReasonName(Get(iterator, 0, 0)) == "OK");
  call->Cancel();
  CHECK_FALSE(first.Get().ok());
  CHECK(ReasonName(Get(iterator, 0, 1)) == "OK");
  plane->Stop();
  CHECK(ReasonName(second.Get()) == "OK");
}

}  // namespace
}  // namespace penstock::broker
