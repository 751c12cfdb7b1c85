// Subscriptions: the subscriptions that are active, one for each consumer and shard.
//
// A new subscription takes the place of one that is takeover_ms old or more, which ends with
// CONSUMER_IN_USE; before that the new one is refused (Kinesis API, SubscribeToShard). One whose
// subscriber has gone keeps nobody out. Their number is bounded.
//
// Thread-safe. What the options point to outlives it, and it outlives every subscription.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/record/consumer_key.h"
#include "broker/record/get_shard_iterator.h"
#include "broker/record/subscription.h"
#include "broker/stream/pending_work.h"
#include "common/mutex.h"

namespace penstock::broker {

struct SubscribeToShardRequest {
  std::string_view stream_name;
  std::string_view consumer_name;
  std::string_view shard_id;
  ShardIteratorType starting_position = ShardIteratorType::kUnspecified;
  std::optional<uint64_t> starting_sequence_number;
  std::optional<int64_t> timestamp_ms;
  // Everything is checked, then the answer is DRY_RUN.
  bool dry_run = false;
  // Names the connection that the events go to, for its share of what may be under way.
  std::string_view connection = {};
};

// The members are those of SubscriptionContext.
struct SubscriptionsOptions {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const Clock* clock = nullptr;
  boost::asio::any_io_executor executor;
  const ShardReader* reader = nullptr;
  ReadLimiter* limiter = nullptr;
  ConsumerPositions* positions = nullptr;
  StreamMeters* meters = nullptr;
  SubscriptionTimes times;
  // Also those that have ended and are not closed yet. Each holds an event of 1 MiB at most, which
  // ReadBudget counts, and some KiB.
  size_t subscriptions_max = 0;
};

class Subscriptions {
 public:
  // After Stop has told subscribers, those that do not take their last event are cut off.
  static constexpr int64_t kStopGraceMs = 1'000;

  explicit Subscriptions(SubscriptionsOptions options);
  // Stops.
  ~Subscriptions();

  // A subscription, on which the caller then calls Next, and Close in the end. `cut` as there.
  // INVALID_ARGUMENT naming the field; NOT_FOUND (STREAM_NOT_FOUND, SHARD_NOT_FOUND,
  // CONSUMER_NOT_FOUND); FAILED_PRECONDITION (CONSUMER_IN_USE; DRY_RUN);
  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED); UNAVAILABLE (SHUTTING_DOWN); errors of the log's reads, as
  // kAtTimestamp may read from disk.
  absl::StatusOr<std::shared_ptr<Subscription>> Subscribe(const SubscribeToShardRequest& request,
                                                          absl::AnyInvocable<void() &&> cut)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all with SHUTTING_DOWN and refuses new ones. Returns when each Next has been answered and
  // all are closed, or have been cut off. Idempotent. Not on the executor's own threads.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  bool IsSubscribed(const ConsumerKey& consumer, ShardIndex shard) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that are not closed.
  size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::pair<ConsumerKey, ShardIndex>;

  absl::StatusOr<std::shared_ptr<Subscription>> Begin(const StreamSnapshot& stream,
                                                      const SubscribeToShardRequest& request,
                                                      absl::AnyInvocable<void() &&> cut);
  // The one whose place is taken is given to `replaced`.
  absl::Status Admit(const std::shared_ptr<Subscription>& subscription, bool dry_run,
                     std::shared_ptr<Subscription>* replaced) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnClosed(Subscription* subscription) ABSL_LOCKS_EXCLUDED(mutex_);

  const SubscriptionsOptions options_;
  SubscriptionContext context_;
  PendingWork calls_;

  // Guards the registry. Not held while a subscription is told anything.
  mutable Mutex mutex_;
  CondVar closed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // All that are not closed; of each consumer and shard the youngest.
  absl::flat_hash_map<Subscription*, std::shared_ptr<Subscription>> all_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, Subscription*> active_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
