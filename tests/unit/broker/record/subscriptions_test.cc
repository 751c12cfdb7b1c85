#include "broker/record/subscriptions.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/record/subscription_fixture.h"

namespace penstock::broker {
namespace {

using Type = ShardIteratorType;

struct Fixture : SubscriptionFixture {
  using SubscriptionFixture::SubscriptionFixture;

  const ConsumerKey consumer{StreamId(1), "c", 1'000};
};

TEST_CASE_METHOD(Fixture, "subscriptions: what is wrong with a request") {
  const auto changed = [](auto change) {
    SubscribeToShardRequest request = AtHorizon();
    change(request);
    return request;
  };
  struct Case {
    SubscribeToShardRequest request;
    std::string reason;
    std::string field;
  };
  const std::vector<Case> cases = {
      {changed([](auto& r) { r.stream_name = ""; }), "INVALID_ARGUMENT", "stream_name"},
      {changed([](auto& r) { r.stream_name = "none"; }), "STREAM_NOT_FOUND", ""},
      {changed([](auto& r) { r.consumer_name = ""; }), "INVALID_ARGUMENT", "consumer_name"},
      {changed([](auto& r) { r.consumer_name = "\xff"; }), "CONSUMER_NOT_FOUND", ""},
      {changed([](auto& r) { r.shard_id = "shard"; }), "INVALID_ARGUMENT", "shard_id"},
      {changed([](auto& r) { r.shard_id = "shardId-000000000009"; }), "SHARD_NOT_FOUND", ""},
      {changed([](auto& r) { r.starting_position = Type::kUnspecified; }), "INVALID_ARGUMENT",
       "starting_position"},
      {changed([](auto& r) { r.starting_sequence_number = 1; }), "INVALID_ARGUMENT",
       "starting_sequence_number"},
      {changed([](auto& r) { r.timestamp_ms = 1; }), "INVALID_ARGUMENT", "timestamp_ms"},
      {At(Type::kAtSequenceNumber, 0, 2), "INVALID_ARGUMENT", "starting_sequence_number"},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i);
    for (const bool dry_run : {false, true}) {
      SubscribeToShardRequest request = cases[i].request;
      request.dry_run = dry_run;
      const auto refused = Try(request);
      CHECK(ReasonName(refused) == cases[i].reason);
      CHECK(FieldOf(refused.status()) == cases[i].field);
    }
  }
  CHECK(plane->subscriptions().size() == 0);
  const auto missing = Try(At(Type::kAtTimestamp));
  CHECK(MessageOf(missing) == "timestamp_ms is required with starting_position AT_TIMESTAMP");

  config.status = StreamStatus::kDeleting;
  PublishShards();
  CHECK(ReasonName(Try(AtHorizon())) == "STREAM_NOT_FOUND");
}

TEST_CASE_METHOD(Fixture, "subscriptions: a dry run takes no place") {
  SubscribeToShardRequest dry = AtHorizon();
  dry.dry_run = true;
  CHECK(ReasonName(Try(dry)) == "DRY_RUN");
  CHECK(plane->subscriptions().size() == 0);
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(ReasonName(Try(dry)) == "CONSUMER_IN_USE");
  clock.AdvanceMs(kSubscriptionTakeoverMs);
  CHECK(ReasonName(Try(dry)) == "DRY_RUN");
  CHECK(subscriber.Next().empty());
}

TEST_CASE_METHOD(Fixture, "subscriptions: one takes the place of another after five seconds") {
  Subscriber first = Subscribe(AtHorizon());
  CHECK(first.Next().empty());
  first.Ask();
  AwaitOpenWaits(1);
  clock.AdvanceMs(4'999);
  const auto early = Try(AtHorizon());
  CHECK(ReasonName(early) == "CONSUMER_IN_USE");
  CHECK(MessageOf(early) ==
        "a subscription of consumer 'c' to shardId-000000000000 began 4999 ms ago; another can "
        "take its place after 5000 ms");
  CHECK(RetryAfterOf(early.status()) == 1);
  CHECK_FALSE(first.answered());

  clock.AdvanceMs(1);
  Subscriber second = Subscribe(AtHorizon());
  CHECK(first.Next() == "CONSUMER_IN_USE");
  CHECK(first.status().message() ==
        "another subscription of consumer 'c' to shardId-000000000000 has taken the place of this "
        "one");
  CHECK(second.Next().empty());
  // The time counts from the second one on, which also holds the place when the first is closed.
  first.subscription().Close();
  CHECK(ReasonName(Try(AtHorizon())) == "CONSUMER_IN_USE");
  PutBatch(0, 1);
  CHECK(second.Next() == "1 +1");
}

TEST_CASE_METHOD(Fixture, "subscriptions: another that is slow learns it with its next event") {
  PutBatch(0, 1);
  Subscriber slow = Subscribe(AtHorizon());
  CHECK(slow.Next() == "1 +1");
  clock.AdvanceMs(kSubscriptionTakeoverMs);
  Subscriber second = Subscribe(AtHorizon());
  CHECK(plane->subscriptions().size() == 2);
  CHECK(second.Next() == "1 +1");
  CHECK(slow.Next() == "CONSUMER_IN_USE");
}

TEST_CASE_METHOD(Fixture, "subscriptions: a subscriber that has gone keeps nobody out") {
  { Subscriber gone = Subscribe(AtHorizon()); }
  CHECK(Subscribe(AtHorizon()).Next().empty());
}

TEST_CASE_METHOD(Fixture, "subscriptions: other shards, consumers and registrations are others") {
  Subscriber one = Subscribe(AtHorizon());
  Subscriber other_shard = Subscribe(AtHorizon(1));
  SubscribeToShardRequest request = AtHorizon();
  request.consumer_name = "other";
  Subscriber other_consumer = Subscribe(request);
  config.consumers[0].creation_timestamp_ms = 9'000;
  PublishShards();
  Subscriber other_registration = Subscribe(AtHorizon());
  CHECK(other_registration.Next().empty());
  CHECK(other_shard.Next() == "CONSUMER_NOT_FOUND");
  CHECK(other_consumer.Next().empty());

  const Subscriptions& subscriptions = plane->subscriptions();
  CHECK(subscriptions.size() == 4);
  CHECK(subscriptions.IsSubscribed(consumer, ShardIndex(0)));
  CHECK(subscriptions.IsSubscribed(consumer, ShardIndex(1)));
  CHECK_FALSE(subscriptions.IsSubscribed(consumer, ShardIndex(2)));
  CHECK_FALSE(subscriptions.IsSubscribed({StreamId(1), "c", 2'000}, ShardIndex(0)));
  one.subscription().Close();
  CHECK_FALSE(subscriptions.IsSubscribed(consumer, ShardIndex(0)));
}

struct Few : Fixture {
  Few() : Fixture([](RecordPlaneOptions& options) { options.subscriptions_max = 2; }) {}
};

TEST_CASE_METHOD(Few, "subscriptions: their number is bounded") {
  Subscriber one = Subscribe(AtHorizon(0));
  {
    Subscriber two = Subscribe(AtHorizon(1));
    const auto refused = Try(AtHorizon(2));
    CHECK(ReasonName(refused) == "LIMIT_EXCEEDED");
    CHECK(MessageOf(refused) == "there are 2 subscriptions already, which is the limit");
  }
  Subscriber three = Subscribe(AtHorizon(2));
}

TEST_CASE_METHOD(Fixture, "subscriptions: stop ends those that wait, and refuses more") {
  std::vector<std::unique_ptr<testing::Awaited<NextEvent>>> answers;
  std::vector<std::shared_ptr<Subscription>> subscriptions;
  for (uint32_t shard = 0; shard < kShards; ++shard) {
    subscriptions.push_back(Try(AtHorizon(shard)).value());
    Subscription& subscription = *subscriptions.back();
    auto first = std::make_unique<testing::Awaited<NextEvent>>();
    subscription.Next(first->Callback());
    CHECK(Told(first->Get()).empty());
    answers.push_back(std::make_unique<testing::Awaited<NextEvent>>());
    // As the door does: closes when it hears of the end.
    subscription.Next([&subscription, answer = answers.back().get()](NextEvent next) {
      subscription.Close();
      answer->Set(std::move(next));
    });
  }
  AwaitOpenWaits(kShards);
  plane->Stop();
  for (const auto& answer : answers) {
    REQUIRE(answer->ready());
    CHECK(Told(answer->Get()) == "SHUTTING_DOWN");
  }
  CHECK(cuts == 0);
  CHECK(log.open_waits() == 0);
  CHECK(ReasonName(Try(AtHorizon())) == "SHUTTING_DOWN");
}

TEST_CASE_METHOD(Fixture, "subscriptions: stop cuts off those that do not take their event") {
  Subscriber stalled = Subscribe(AtHorizon());
  CHECK(stalled.Next().empty());
  plane->Stop();
  CHECK(cuts == 1);
  CHECK(stalled.Next() == "SHUTTING_DOWN");
}

}  // namespace
}  // namespace penstock::broker
