// SubscriptionFixture: ReshardFixture with a consumer "c", and subscribers in place of a door.
//
// Time is the manual clock's. A subscription looks at it when something wakes it: LetLook does.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "broker/record/subscriptions.h"
#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::broker {

// The answer to one Next, in words: "1 2 3 +3" (records and continuation), "end 4 5" (children),
// "over", or the reason of an error.
inline std::string Told(const NextEvent& next) {
  if (!next.ok()) return std::string(ReasonName(next));
  if (!next->has_value()) return "over";
  const SubscriptionEvent& event = **next;
  std::string told;
  for (const ReadRecord& record : event.collected.records)
    told += std::to_string(record.sequence_number.value()) + " ";
  if (event.continuation_sequence_number.has_value())
    told += "+" + std::to_string(event.continuation_sequence_number->value());
  if (event.child_shards.empty()) return told;
  told += "end";
  for (const ChildShard& child : event.child_shards)
    told += " " + std::to_string(child.shard.value());
  return told;
}

// A subscriber: one that asks, waits, and closes in the end.
class Subscriber {
 public:
  explicit Subscriber(std::shared_ptr<Subscription> subscription)
      : subscription_(std::move(subscription)) {}
  ~Subscriber() {
    subscription_->Close();
    // A Next under way is answered before its place to answer to goes.
    if (asked_ != nullptr) asked_->Get();
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // Asks, unless that is so already, and waits.
  std::string Next() {
    Ask();
    last_ = std::move(asked_->Get());
    asked_.reset();
    return Told(*last_);
  }
  void Ask() {
    if (asked_ != nullptr) return;
    asked_ = std::make_unique<testing::Awaited<NextEvent>>();
    subscription_->Next(asked_->Callback());
  }
  bool answered() { return asked_ != nullptr && asked_->ready(); }
  const SubscriptionEvent& event() const { return **last_.value(); }
  absl::Status status() const { return last_->status(); }
  void DropEvent() { last_.reset(); }
  Subscription& subscription() { return *subscription_; }

 private:
  const std::shared_ptr<Subscription> subscription_;
  std::unique_ptr<testing::Awaited<NextEvent>> asked_;
  std::optional<NextEvent> last_;
};

// Counts how often subscriptions look for something to give, and lets them wait.
class ConsumerLimiter final : public ReadLimiter {
 public:
  absl::Status AdmitReadCall(const StreamConfig&, const ShardKey&) override {
    return absl::OkStatus();
  }
  void ChargeRead(const StreamConfig&, const ShardKey&, uint64_t) override {}
  absl::Status AdmitIteratorCall(const StreamConfig&, const ShardKey&) override {
    return absl::OkStatus();
  }
  int64_t ConsumerWaitMs(const StreamConfig&, const ShardKey&, std::string_view) override {
    ++looks;
    return wait_ms;
  }
  void ChargeConsumerRead(const StreamConfig&, const ShardKey&, std::string_view consumer_name,
                          uint64_t bytes) override {
    (consumer_name == "c" ? charged : charged_to_others) += bytes;
  }

  std::atomic<int> looks = 0;
  std::atomic<int64_t> wait_ms = 0;
  std::atomic<uint64_t> charged = 0;
  std::atomic<uint64_t> charged_to_others = 0;
};

struct HasConsumerLimiter {
  ConsumerLimiter limiter;
};

class SubscriptionFixture : public HasConsumerLimiter, public ReshardFixture {
 public:
  SubscriptionFixture() : SubscriptionFixture([](RecordPlaneOptions&) {}) {}

  template <typename Change>
  explicit SubscriptionFixture(Change change)
      : ReshardFixture([&](RecordPlaneOptions& options) {
          options.read_limiter = &limiter;
          change(options);
        }) {
    config.consumers = {{"c", 1'000, {}}, {"other", 2'000, {}}};
    PublishShards();
  }
  // The answers to what is under way come before the plane goes.
  ~SubscriptionFixture() { plane->Stop(); }

  static SubscribeToShardRequest At(ShardIteratorType type, uint32_t shard = 0,
                                    std::optional<uint64_t> number = std::nullopt) {
    static const std::vector<std::string> ids = [] {
      std::vector<std::string> made;
      for (uint32_t i = 0; i < 16; ++i) made.push_back(FormatShardId(ShardIndex(i)));
      return made;
    }();
    SubscribeToShardRequest request;
    request.stream_name = "orders";
    request.consumer_name = "c";
    request.shard_id = ids[shard];
    request.starting_position = type;
    request.starting_sequence_number = number;
    return request;
  }
  static SubscribeToShardRequest AtHorizon(uint32_t shard = 0) {
    return At(ShardIteratorType::kTrimHorizon, shard);
  }

  absl::StatusOr<std::shared_ptr<Subscription>> Try(const SubscribeToShardRequest& request) {
    return plane->subscriptions().Subscribe(request, [this] { ++cuts; });
  }
  Subscriber Subscribe(const SubscribeToShardRequest& request) {
    auto subscription = Try(request);
    REQUIRE(subscription.ok());
    return Subscriber(*std::move(subscription));
  }

  // Returns when a subscription that waits has looked at least once and found nothing, or has
  // answered.
  void LetLook(Subscriber& subscriber) {
    // By the second look the first is over.
    for (int i = 0; i < 2; ++i) {
      const int before = limiter.looks;
      const auto now = directory.Find("orders").value();
      directory.Publish(std::make_shared<const StreamSnapshot>(now->config(), now->shards()));
      Await([&] { return limiter.looks > before || subscriber.answered(); });
    }
  }

  void AwaitOpenWaits(size_t count) {
    Await([&] { return log.open_waits() == count; });
  }
  template <typename Condition>
  static void Await(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < give_up);
      std::this_thread::yield();
    }
  }

  std::atomic<int> cuts = 0;
};

}  // namespace penstock::broker
