#include "broker/record/subscriptions.h"

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "broker/record/dry_run.h"
#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

std::string NamesOf(const Subscription& subscription) {
  return absl::StrCat("consumer '", subscription.consumer().name, "' to ",
                      FormatShardId(subscription.shard().shard));
}

}  // namespace

Subscriptions::Subscriptions(SubscriptionsOptions options) : options_(std::move(options)) {
  context_.directory = options_.directory;
  context_.log = options_.log;
  context_.clock = options_.clock;
  context_.executor = options_.executor;
  context_.reader = options_.reader;
  context_.limiter = options_.limiter;
  context_.positions = options_.positions;
  context_.meters = options_.meters;
  context_.times = options_.times;
  context_.calls = &calls_;
  context_.on_closed = [this](Subscription* subscription) { OnClosed(subscription); };
}

Subscriptions::~Subscriptions() {
  Stop();
}

absl::StatusOr<std::shared_ptr<Subscription>> Subscriptions::Subscribe(
    const SubscribeToShardRequest& request, absl::AnyInvocable<void() &&> cut) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const StreamSnapshot> stream,
                   FindServing(*options_.directory, request.stream_name));
  absl::StatusOr<std::shared_ptr<Subscription>> subscription =
      Begin(*stream, request, std::move(cut));
  if (options_.meters != nullptr && !request.dry_run) {
    SubscribeEvent event;
    event.consumer = request.consumer_name;
    if (!subscription.ok()) {
      const bool in_use = ReasonOf(subscription.status()) == ErrorReason::kConsumerInUse;
      event.outcome = in_use ? ReadOutcome::kThrottled : ReadOutcome::kFailed;
    }
    options_.meters->Get(stream->config().id)->OnSubscribe(event);
  }
  return subscription;
}

absl::StatusOr<std::shared_ptr<Subscription>> Subscriptions::Begin(
    const StreamSnapshot& stream, const SubscribeToShardRequest& request,
    absl::AnyInvocable<void() &&> cut) {
  ASSIGN_OR_RETURN(ConsumerKey consumer, FindConsumerOf(stream, request.consumer_name));
  const GetShardIteratorRequest start{request.stream_name, request.shard_id,
                                      request.starting_position, request.starting_sequence_number,
                                      request.timestamp_ms};
  ASSIGN_OR_RETURN(
      const ShardPosition position,
      ResolveShardPosition(stream, *options_.log, *options_.clock, start, "starting_position"));
  auto subscription = std::make_shared<Subscription>(
      context_,
      Subscription::Request{std::move(consumer), position.shard, position.next,
                            std::string(request.connection)},
      std::move(cut));
  std::shared_ptr<Subscription> replaced;
  RETURN_IF_ERROR(Admit(subscription, request.dry_run, &replaced));
  subscription->Start();
  if (replaced != nullptr) {
    replaced->End(MakeError(ErrorReason::kConsumerInUse,
                            absl::StrCat("another subscription of ", NamesOf(*replaced),
                                         " has taken the place of this one")));
  }
  return subscription;
}

absl::Status Subscriptions::Admit(const std::shared_ptr<Subscription>& subscription, bool dry_run,
                                  std::shared_ptr<Subscription>* replaced) {
  MutexLock lock(mutex_);
  if (stopped_) return MakeError(ErrorReason::kShuttingDown, "the broker is shutting down");
  const Key key(subscription->consumer(), subscription->shard().shard);
  const auto active = active_.find(key);
  if (active != active_.end()) {
    const int64_t age_ms = subscription->started_ms() - active->second->started_ms();
    const int64_t missing_ms = options_.times.takeover_ms - age_ms;
    if (missing_ms > 0) {
      return WithRetryAfter(
          MakeError(ErrorReason::kConsumerInUse,
                    absl::StrCat("a subscription of ", NamesOf(*subscription), " began ", age_ms,
                                 " ms ago; another can take its place after ",
                                 options_.times.takeover_ms, " ms")),
          missing_ms);
    }
  }
  if (all_.size() >= options_.subscriptions_max) {
    return MakeError(ErrorReason::kLimitExceeded,
                     absl::StrCat("there are ", options_.subscriptions_max,
                                  " subscriptions already, which is the limit"));
  }
  if (dry_run) return DryRunError();
  if (active != active_.end()) *replaced = all_.at(active->second);
  active_[key] = subscription.get();
  all_.emplace(subscription.get(), subscription);
  return absl::OkStatus();
}

void Subscriptions::OnClosed(Subscription* subscription) {
  // Destroyed outside of the lock.
  std::shared_ptr<Subscription> closed;
  MutexLock lock(mutex_);
  const auto found = all_.find(subscription);
  if (found == all_.end()) return;
  closed = std::move(found->second);
  all_.erase(found);
  const auto active = active_.find({subscription->consumer(), subscription->shard().shard});
  if (active != active_.end() && active->second == subscription) active_.erase(active);
  if (all_.empty()) closed_.NotifyAll();
}

void Subscriptions::Stop() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStopGraceMs);
  const auto list = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<std::shared_ptr<Subscription>> subscriptions;
    subscriptions.reserve(all_.size());
    for (const auto& [key, subscription] : all_) subscriptions.push_back(subscription);
    return subscriptions;
  };
  std::vector<std::shared_ptr<Subscription>> left;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    left = list();
  }
  for (const std::shared_ptr<Subscription>& one : left)
    one->End(MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
  {
    MutexLock lock(mutex_);
    while (!all_.empty()) {
      const auto now = std::chrono::steady_clock::now();
      if (now >= give_up) break;
      closed_.WaitFor(mutex_, give_up - now);
    }
    left = list();
  }
  for (const std::shared_ptr<Subscription>& one : left) one->Cut();
  calls_.CloseAndWait();
}

bool Subscriptions::IsSubscribed(const ConsumerKey& consumer, ShardIndex shard) const {
  MutexLock lock(mutex_);
  return active_.contains({consumer, shard});
}

size_t Subscriptions::size() const {
  MutexLock lock(mutex_);
  return all_.size();
}

}  // namespace penstock::broker
