#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/client.h"
#include "penstock/errors.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock {
namespace {

using grpc::StatusCode;
using test::ErrorWith;
using test::FakeBroker;
using test::OptionsFor;

// Long enough for any machine; only a fault waits so long.
constexpr std::chrono::seconds kFault(30);

const SubscribeToShardOptions kBilling = {
    .stream_name = "orders", .consumer_name = "billing", .shard_id = "shardId-000000000000"};

std::unique_ptr<Client> ConnectTo(const FakeBroker& broker) {
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Connect(OptionsFor(broker));
  REQUIRE(client.ok());
  return *std::move(client);
}

v1::SubscribeToShardEvent EventAt(uint64_t sequence_number) {
  v1::SubscribeToShardEvent event;
  event.add_records()->set_sequence_number(sequence_number);
  event.set_continuation_sequence_number(sequence_number);
  return event;
}

// Sends `count` events and ends with `status`.
void Send(FakeBroker& broker, uint64_t count, const grpc::Status& status) {
  broker.subscribe_to_shard.handler = [=](const auto&, auto&, test::FakeSubscribe::Writer& writer) {
    for (uint64_t i = 1; i <= count; ++i) writer.Write(EventAt(i));
    return status;
  };
}

// Sends events until the subscription goes away.
void SendForever(FakeBroker& broker) {
  broker.subscribe_to_shard.handler = [](const auto&, auto&, test::FakeSubscribe::Writer& writer) {
    uint64_t sequence_number = 0;
    while (writer.Write(EventAt(++sequence_number))) {
    }
    return grpc::Status::OK;
  };
}

absl::Status Await(std::promise<absl::Status>& ended) {
  auto future = ended.get_future();
  REQUIRE(future.wait_for(kFault) == std::future_status::ready);
  return future.get();
}

TEST_CASE("events come in order, and the end comes last, once") {
  FakeBroker broker;
  Send(broker, 50, grpc::Status::OK);
  const auto client = ConnectTo(broker);
  std::vector<uint64_t> seen;
  std::promise<absl::Status> ended;
  const auto subscription = client->SubscribeToShard(
      kBilling, {.on_event =
                     [&](const SubscriptionEvent& event) {
                       seen.push_back(event.records.at(0).sequence_number);
                     },
                 .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
  CHECK(Await(ended).ok());
  REQUIRE(seen.size() == 50);
  for (size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == i + 1);
  CHECK(broker.subscribe_to_shard.calls == 1);
}

TEST_CASE("an error ends it and is not tried again") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  std::promise<absl::Status> ended;
  SECTION("of the broker") {
    Send(broker, 1, ErrorWith(StatusCode::FAILED_PRECONDITION, {"CONSUMER_IN_USE", "not_applied"}));
    const auto subscription = client->SubscribeToShard(
        kBilling, {.on_event = [](const auto&) {},
                   .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
    const absl::Status status = Await(ended);
    CHECK(GetErrorDetails(status).reason == "CONSUMER_IN_USE");
    CHECK(broker.subscribe_to_shard.calls == 1);
  }
  SECTION("of the connection") {
    Send(broker, 0, grpc::Status(StatusCode::UNAVAILABLE, "gone"));
    const auto subscription = client->SubscribeToShard(
        kBilling, {.on_event = [](const auto&) {},
                   .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
    const absl::Status status = Await(ended);
    CHECK(absl::IsUnavailable(status));
    CHECK_FALSE(GetErrorDetails(status).outcome_unknown);
    CHECK(broker.subscribe_to_shard.calls == 1);
  }
  SECTION("of the caller, before anything is sent") {
    SubscribeToShardOptions options = kBilling;
    options.consumer_name = "\xff";
    const auto subscription = client->SubscribeToShard(
        options, {.on_event = [](const auto&) {},
                  .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
    CHECK(absl::IsInvalidArgument(Await(ended)));
    CHECK(broker.subscribe_to_shard.calls == 0);
  }
}

TEST_CASE("the broker waits for a handler that is slow") {
  FakeBroker broker;
  std::atomic<uint64_t> written{0};
  std::atomic<bool> is_blocked{true};
  broker.subscribe_to_shard.handler = [&](const auto&, auto&, test::FakeSubscribe::Writer& writer) {
    v1::SubscribeToShardEvent event = EventAt(1);
    event.mutable_records(0)->set_data(std::string(1 << 20, 'x'));
    while (written < 100 && writer.Write(event)) ++written;
    is_blocked = false;
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker);
  std::promise<void> first;
  std::promise<void> release;
  std::promise<absl::Status> ended;
  int events = 0;
  const auto subscription = client->SubscribeToShard(
      kBilling, {.on_event =
                     [&](const auto&) {
                       if (++events > 1) return;
                       first.set_value();
                       release.get_future().wait_for(kFault);
                     },
                 .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
  REQUIRE(first.get_future().wait_for(kFault) == std::future_status::ready);
  // gRPC's windows take some of the hundred, the handler none: this waits for what must not come.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (is_blocked && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  CHECK(is_blocked);
  release.set_value();
  CHECK(Await(ended).ok());
  CHECK(events == 100);
}

TEST_CASE("cancelling ends it with CANCELLED, however often it is done") {
  FakeBroker broker;
  SendForever(broker);
  const auto client = ConnectTo(broker);
  std::promise<void> first;
  std::promise<absl::Status> ended;
  std::atomic<int> events{0};
  const auto subscription = client->SubscribeToShard(
      kBilling, {.on_event =
                     [&](const auto&) {
                       if (++events == 1) first.set_value();
                     },
                 .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
  REQUIRE(first.get_future().wait_for(kFault) == std::future_status::ready);
  subscription->Cancel();
  subscription->Cancel();
  CHECK(absl::IsCancelled(Await(ended)));
  subscription->Cancel();
}

TEST_CASE("a subscription that is destroyed has had its last callback") {
  FakeBroker broker;
  SendForever(broker);
  const auto client = ConnectTo(broker);
  for (int i = 0; i < 20; ++i) {
    std::promise<void> first;
    bool has_ended = false;
    int events = 0;
    auto subscription = client->SubscribeToShard(
        kBilling, {.on_event =
                       [&](const auto&) {
                         if (++events == 1) first.set_value();
                       },
                   .on_end = [&](const absl::Status&) { has_ended = true; }});
    if (i % 2 == 0) REQUIRE(first.get_future().wait_for(kFault) == std::future_status::ready);
    subscription.reset();
    CHECK(has_ended);
  }
}

TEST_CASE("a callback may destroy its own subscription") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  std::promise<absl::Status> ended;
  std::unique_ptr<Subscription> subscription;
  std::promise<void> is_set;
  std::shared_future<void> set = is_set.get_future().share();
  SECTION("in on_event") {
    SendForever(broker);
    subscription = client->SubscribeToShard(
        kBilling, {.on_event =
                       [&](const auto&) {
                         set.wait_for(kFault);
                         subscription.reset();
                       },
                   .on_end = [&](const absl::Status& status) { ended.set_value(status); }});
    is_set.set_value();
    CHECK(absl::IsCancelled(Await(ended)));
  }
  SECTION("in on_end, to subscribe again") {
    Send(broker, 1, grpc::Status::OK);
    std::promise<absl::Status> ended_again;
    subscription = client->SubscribeToShard(
        kBilling,
        {.on_event = [](const auto&) {},
         .on_end =
             [&](const absl::Status& status) {
               set.wait_for(kFault);
               subscription = client->SubscribeToShard(
                   kBilling,
                   {.on_event = [](const auto&) {},
                    .on_end = [&](const absl::Status& again) { ended_again.set_value(again); }});
               ended.set_value(status);
             }});
    is_set.set_value();
    CHECK(Await(ended).ok());
    CHECK(Await(ended_again).ok());
    CHECK(broker.subscribe_to_shard.calls == 2);
  }
}

TEST_CASE("the end of the client is the end of its subscriptions") {
  FakeBroker broker;
  SendForever(broker);
  auto client = ConnectTo(broker);
  std::promise<void> first;
  std::atomic<int> events{0};
  absl::Status ended;
  const auto subscription = client->SubscribeToShard(
      kBilling, {.on_event =
                     [&](const auto&) {
                       if (++events == 1) first.set_value();
                     },
                 .on_end = [&](const absl::Status& status) { ended = status; }});
  REQUIRE(first.get_future().wait_for(kFault) == std::future_status::ready);
  client.reset();
  CHECK(absl::IsCancelled(ended));
  subscription->Cancel();
}

}  // namespace
}  // namespace penstock
