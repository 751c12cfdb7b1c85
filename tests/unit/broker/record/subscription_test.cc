#include "broker/record/subscription.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/storage_calls.h"
#include "tests/unit/broker/record/subscription_fixture.h"

namespace penstock::broker {
namespace {

using Type = ShardIteratorType;

constexpr size_t kMib = 1024 * 1024;

struct Fixture : SubscriptionFixture {
  using SubscriptionFixture::SubscriptionFixture;

  // A record that fills an event, with its key.
  void PutMib() {
    const std::string data(kMib - 3, 'd');
    REQUIRE(Put(RecordView{data, "key", "0"}).ok());
  }
};

TEST_CASE_METHOD(Fixture, "subscription: what is there, then what comes") {
  PutBatch(0, 3);
  clock.AdvanceMs(40);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 2 3 +3");
  CHECK(subscriber.event().collected.records[0].record.data == "x");
  CHECK(subscriber.event().collected.records[0].approximate_arrival_timestamp_ms == kNowMs);
  CHECK(subscriber.event().millis_behind_latest == 0);

  subscriber.Ask();
  AwaitOpenWaits(1);
  CHECK_FALSE(subscriber.answered());
  PutBatch(1, 1);
  CHECK(log.open_waits() == 1);
  PutBatch(0, 2);
  CHECK(subscriber.Next() == "4 5 +5");
  PutBatch(0, 1);
  CHECK(subscriber.Next() == "6 +6");
  CHECK(limiter.charged == 24);
}

TEST_CASE_METHOD(Fixture, "subscription: the first event comes at once, with the place") {
  Subscriber fresh = Subscribe(AtHorizon());
  // Of a shard without a record there is no number to go on after.
  CHECK(fresh.Next().empty());
  PutBatch(1, 3);
  Subscriber latest = Subscribe(At(Type::kLatest, 1));
  CHECK(latest.Next() == "+3");
  CHECK(latest.event().records_behind_latest == 0);
  Split(2);
  Subscriber child = Subscribe(At(Type::kLatest, 4));
  CHECK(child.Next().empty());
}

TEST_CASE_METHOD(Fixture, "subscription: every starting position") {
  PutBatch(0, 2);
  clock.AdvanceMs(100);
  PutBatch(0, 2);
  struct Case {
    Type type;
    std::optional<uint64_t> number;
    std::optional<int64_t> timestamp_ms;
    std::string first;
  };
  const std::vector<Case> cases = {
      {Type::kTrimHorizon, {}, {}, "1 2 3 4 +4"},
      {Type::kLatest, {}, {}, "+4"},
      {Type::kAtSequenceNumber, 2, {}, "2 3 4 +4"},
      {Type::kAfterSequenceNumber, 2, {}, "3 4 +4"},
      {Type::kAfterSequenceNumber, 4, {}, "+4"},
      {Type::kAtTimestamp, {}, kNowMs + 100, "3 4 +4"},
  };
  for (const Case& one : cases) {
    SubscribeToShardRequest request = At(one.type, 0, one.number);
    request.timestamp_ms = one.timestamp_ms;
    CHECK(Subscribe(request).Next() == one.first);
  }
}

TEST_CASE_METHOD(Fixture, "subscription: continuing after each event misses and repeats nothing") {
  for (int i = 0; i < 3; ++i) PutMib();
  std::string all;
  SubscribeToShardRequest request = AtHorizon();
  for (int i = 0; i < 3; ++i) {
    Subscriber subscriber = Subscribe(request);
    all += subscriber.Next() + ";";
    request =
        At(Type::kAfterSequenceNumber, 0, subscriber.event().continuation_sequence_number->value());
  }
  CHECK(all == "1 +1;2 +2;3 +3;");
}

TEST_CASE_METHOD(Fixture, "subscription: an event has a MiB of records, and says what is left") {
  PutMib();
  PutBatch(0, 4);
  clock.AdvanceMs(70);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 +1");
  CHECK(subscriber.event().records_behind_latest == 4);
  CHECK(subscriber.event().millis_behind_latest == 70);
  CHECK(subscriber.Next() == "2 3 4 5 +5");
  CHECK(subscriber.event().records_behind_latest == 0);
  CHECK(subscriber.event().millis_behind_latest == 0);
}

TEST_CASE_METHOD(Fixture, "subscription: an event without records after five seconds, not before") {
  PutBatch(0, 2);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 2 +2");
  for (int i = 0; i < 3; ++i) {
    subscriber.Ask();
    clock.AdvanceMs(kSubscriptionIdleEventMs - 1);
    LetLook(subscriber);
    CHECK_FALSE(subscriber.answered());
    clock.AdvanceMs(1);
    LetLook(subscriber);
    CHECK(subscriber.Next() == "+2");
    CHECK(subscriber.event().millis_behind_latest == 0);
  }
  // What is gone from under a reader at the tip changes nothing.
  log.Trim(Shard(0), SequenceNumber(3), [](const absl::Status&) {});
  clock.AdvanceMs(kSubscriptionIdleEventMs);
  CHECK(subscriber.Next() == "+2");
}

TEST_CASE_METHOD(Fixture, "subscription: below the trim horizon it goes on at it") {
  for (int i = 0; i < 3; ++i) PutMib();
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 +1");
  log.Trim(Shard(0), SequenceNumber(3), [](const absl::Status&) {});
  CHECK(subscriber.Next() == "3 +3");
}

TEST_CASE_METHOD(Fixture, "subscription: ends well after five minutes, not before") {
  Subscriber subscriber = Subscribe(AtHorizon());
  clock.AdvanceMs(kSubscriptionLifetimeMs - 1);
  CHECK(subscriber.Next().empty());
  PutBatch(0, 1);
  CHECK(subscriber.Next() == "1 +1");
  subscriber.Ask();
  LetLook(subscriber);
  CHECK_FALSE(subscriber.answered());
  clock.AdvanceMs(1);
  LetLook(subscriber);
  CHECK(subscriber.Next() == "over");
  CHECK(subscriber.Next() == "over");
}

struct ShortTimes : Fixture {
  ShortTimes()
      : Fixture([](RecordPlaneOptions& options) {
          options.subscription_times = {
              .lifetime_ms = 60, .idle_event_ms = 20, .takeover_ms = 0, .cut_after_ms = 1};
        }) {}
};

TEST_CASE_METHOD(ShortTimes, "subscription: its own timer wakes it for what is due") {
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next().empty());
  subscriber.Ask();
  AwaitOpenWaits(1);
  clock.AdvanceMs(20);
  CHECK(subscriber.Next().empty());
  subscriber.Ask();
  AwaitOpenWaits(1);
  clock.AdvanceMs(40);
  CHECK(subscriber.Next() == "over");
  CHECK(log.open_waits() == 0);
}

TEST_CASE_METHOD(ShortTimes,
                 "subscription: an event that nobody takes is cut off with its lifetime") {
  Subscriber stalled = Subscribe(AtHorizon());
  CHECK(stalled.Next().empty());
  Await([&] { return cuts == 1; });
}

struct ShortPatience : Fixture {
  ShortPatience()
      : Fixture([](RecordPlaneOptions& options) { options.subscription_times.cut_after_ms = 1; }) {}
};

TEST_CASE_METHOD(ShortPatience,
                 "subscription: an event that nobody takes is cut off after the end") {
  Subscriber stalled = Subscribe(AtHorizon());
  CHECK(stalled.Next().empty());
  CHECK(cuts == 0);
  stalled.subscription().End(MakeError(ErrorReason::kConsumerInUse, "taken"));
  Await([&] { return cuts == 1; });
  stalled.subscription().Cut();
  CHECK(cuts == 1);
}

TEST_CASE_METHOD(Fixture, "subscription: closed, it is not cut off") {
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next().empty());
  subscriber.subscription().Close();
  subscriber.subscription().Cut();
  CHECK(cuts == 0);
}

TEST_CASE_METHOD(Fixture, "subscription: the last event of a split shard names its children") {
  PutBatch(0, 2);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 2 +2");
  subscriber.Ask();
  AwaitOpenWaits(1);
  PutBatch(0, 1);
  CHECK(subscriber.Next() == "3 +3");
  subscriber.Ask();
  AwaitOpenWaits(1);
  Split(0);
  CHECK(subscriber.Next() == "end 4 5");
  CHECK(subscriber.event().child_shards[1].parents == std::vector<ShardIndex>{ShardIndex(0)});
  CHECK(subscriber.event().child_shards[1].hash_keys == shards[5].hash_keys);
  CHECK(subscriber.Next() == "over");
}

TEST_CASE_METHOD(Fixture, "subscription: records and the end of a merged shard in one event") {
  PutBatch(1, 2);
  Merge(0, 1);
  Subscriber lower = Subscribe(AtHorizon(0));
  CHECK(lower.Next() == "end 4");
  CHECK(lower.event().child_shards[0].parents ==
        std::vector<ShardIndex>{ShardIndex(0), ShardIndex(1)});
  Subscriber upper = Subscribe(AtHorizon(1));
  CHECK(upper.Next() == "1 2 end 4");
  CHECK(upper.Next() == "over");
}

TEST_CASE_METHOD(Fixture, "subscription: sealed and not published yet is the tip") {
  PutBatch(0, 2);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 2 +2");
  subscriber.Ask();
  AwaitOpenWaits(1);
  Seal(0);
  LetLook(subscriber);
  CHECK_FALSE(subscriber.answered());
  CHECK(log.open_waits() == 0);
  clock.AdvanceMs(kSubscriptionIdleEventMs);
  LetLook(subscriber);
  CHECK(subscriber.Next() == "+2");
  subscriber.Ask();
  Publish({0}, 2);
  CHECK(subscriber.Next() == "end 4 5");
}

TEST_CASE_METHOD(Fixture, "subscription: ends when its consumer, shard or stream goes") {
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next().empty());
  subscriber.Ask();
  AwaitOpenWaits(1);
  SECTION("deregistered") {
    config.consumers.erase(config.consumers.begin());
    PublishShards();
    CHECK(subscriber.Next() == "CONSUMER_NOT_FOUND");
  }
  SECTION("deregistered and registered again") {
    config.consumers[0].creation_timestamp_ms = 9'000;
    PublishShards();
    CHECK(subscriber.Next() == "CONSUMER_NOT_FOUND");
  }
  SECTION("the stream is being deleted") {
    config.status = StreamStatus::kDeleting;
    PublishShards();
    CHECK(subscriber.Next() == "STREAM_NOT_FOUND");
  }
  SECTION("the stream is gone") {
    directory.Remove("orders");
    CHECK(subscriber.Next() == "STREAM_NOT_FOUND");
  }
  SECTION("the shard has expired") {
    Seal(0);
    const std::vector<uint32_t> split = {0};
    for (const uint32_t parent : split) shards[parent].closed_timestamp_ms = clock.NowMs();
    // Closed and dropped at once.
    const SequenceNumber end = log.Bounds(Shard(0))->end;
    shards[0].ending_sequence_number = end;
    ShardInfo child = testing::OpenShards(kShards)[0];
    child.index = ShardIndex(4);
    child.starting_sequence_number = end.Next();
    shards.push_back(child);
    PublishShards({0});
    CHECK(subscriber.Next() == "SHARD_NOT_FOUND");
  }
  CHECK(log.open_waits() == 0);
}

TEST_CASE_METHOD(Fixture, "subscription: an error of a read ends it, and nothing is skipped") {
  PutBatch(0, 2);
  log.FailReads(Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "numbers 1 to 2 are lost"));
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "CORRUPT_RECORDS");
  CHECK(subscriber.status().code() == absl::StatusCode::kDataLoss);
  CHECK(subscriber.status().message() == "numbers 1 to 2 are lost");
}

TEST_CASE_METHOD(Fixture, "subscription: over its rate it waits, with a word every five seconds") {
  PutMib();
  PutBatch(0, 2);
  clock.AdvanceMs(30);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 +1");
  limiter.wait_ms = 100'000;
  subscriber.Ask();
  LetLook(subscriber);
  CHECK_FALSE(subscriber.answered());
  clock.AdvanceMs(kSubscriptionIdleEventMs);
  CHECK(subscriber.Next() == "+1");
  CHECK(subscriber.event().records_behind_latest == 2);
  CHECK(subscriber.event().millis_behind_latest == 30 + kSubscriptionIdleEventMs);
  limiter.wait_ms = 0;
  subscriber.Ask();
  LetLook(subscriber);
  CHECK(subscriber.Next() == "2 3 +3");
}

TEST_CASE_METHOD(Fixture, "subscription: its own timer ends the wait for its rate") {
  PutBatch(0, 1);
  limiter.wait_ms = 1;
  Subscriber subscriber = Subscribe(AtHorizon());
  // One without records is due at the start, and it says where the subscription is.
  CHECK(subscriber.Next().empty());
  CHECK(subscriber.event().collected.next == kFirstSequenceNumber);
  const int before = limiter.looks;
  subscriber.Ask();
  Await([&] { return limiter.looks > before + 1; });
  limiter.wait_ms = 0;
  CHECK(subscriber.Next() == "1 +1");
}

struct SmallBudget : Fixture {
  SmallBudget()
      : Fixture([](RecordPlaneOptions& options) { options.read_bytes_in_flight_max = kMib; }) {}
};

TEST_CASE_METHOD(SmallBudget, "subscription: without room for its event it waits for it") {
  for (int i = 0; i < 2; ++i) PutMib();
  Subscriber slow = Subscribe(AtHorizon());
  CHECK(slow.Next() == "1 +1");
  CHECK(plane->read_budget().bytes_in_use() >= kMib);
  PutBatch(1, 1);
  Subscriber other = Subscribe(AtHorizon(1));
  CHECK(other.Next().empty());
  CHECK(other.event().records_behind_latest == 1);
  const int before = limiter.looks;
  other.Ask();
  Await([&] { return limiter.looks > before + 1; });
  CHECK_FALSE(other.answered());
  slow.DropEvent();
  CHECK(other.Next() == "1 +1");
}

TEST_CASE_METHOD(Fixture, "subscription: one that is slow holds one event, and the others flow") {
  SubscribeToShardRequest request = AtHorizon();
  request.connection = "slow";
  Subscriber slow = Subscribe(request);
  CHECK(slow.Next().empty());
  request.consumer_name = "other";
  request.connection = "fast";
  Subscriber fast = Subscribe(request);
  CHECK(fast.Next().empty());
  PutMib();
  CHECK(slow.Next() == "1 +1");
  const size_t held = plane->read_budget().bytes_in_use();
  CHECK(held < 2 * kMib);
  for (int i = 1; i <= 20; ++i) {
    if (i > 1) PutMib();
    CHECK(fast.Next() == std::to_string(i) + " +" + std::to_string(i));
    fast.DropEvent();
    CHECK(plane->read_budget().bytes_in_use() == held);
  }
  CHECK(slow.Next() == "2 +2");
}

TEST_CASE_METHOD(Fixture, "subscription: closed by its subscriber, nothing is left of it") {
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next().empty());
  subscriber.Ask();
  AwaitOpenWaits(1);
  CHECK(plane->subscriptions().size() == 1);
  subscriber.subscription().Close();
  CHECK(subscriber.Next() == "INTERNAL_FAILURE");
  CHECK(subscriber.status().code() == absl::StatusCode::kCancelled);
  CHECK(log.open_waits() == 0);
  CHECK(plane->subscriptions().size() == 0);
  subscriber.subscription().Close();
}

TEST_CASE_METHOD(Fixture, "subscription: the log ends, and it does not turn in circles") {
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next().empty());
  subscriber.Ask();
  AwaitOpenWaits(1);
  log.Stop();
  LetLook(subscriber);
  const int before = limiter.looks;
  LetLook(subscriber);
  // One for each time that it was woken, and no more than another that the log called.
  CHECK(limiter.looks - before <= 4);
  CHECK_FALSE(subscriber.answered());
}

}  // namespace
}  // namespace penstock::broker
