// Subscription: one SubscribeToShard under way. Driven by demand: the door asks for the next event
// when it has written the one before, so that a slow subscriber holds one event and no more, and
// holds up nobody else.
//
//              Next                 records, end of shard, idle time over
//   ┌──────┐ ───────▶ ┌─────────┐ ─────────────────────────────────────────▶ ┌──────┐
//   │ idle │          │ reading │ ── nothing yet ──▶ ┌─────────┐             │ idle │ event given,
//   └──────┘          └─────────┘ ◀── records, ───── │ waiting │             └──────┘ being written
//    before the            │          snapshot,      └─────────┘                 │
//    first event           │          timer, End                                 │ Next: it is written
//                          │                                                     ▼
//                          └─ ended, or lifetime over ──▶ error, or OK        reading
//
//   the last Next is answered with
//     OK                            lifetime_ms are over, or the shard's children have been told
//     CONSUMER_IN_USE               another subscription has taken the place of this one
//     CONSUMER_NOT_FOUND            deregistered;  STREAM_NOT_FOUND: the stream is being deleted
//     SHUTTING_DOWN                 the broker stops: subscribe again, there or elsewhere
//     CORRUPT_RECORDS, KMS_*, …     what a read answers
//     CANCELLED                     closed
//
// The first event comes at once, so that a subscriber knows early where it is, and then one at
// least every idle_event_ms. Records come as soon as they are synced: the log wakes the
// subscription, nothing is polled. Where the consumer has used up its rate, or the broker's memory
// for answers is used up, it waits; it is never refused.
//
// Reads run on the executor. While it waits it holds no thread. An event that is not taken in
// cut_after_ms after the end is given up by calling `cut`, which breaks the connection off.
// Thread-safe; shared by its door, the registry, and what it waits for. Whoever has one must Close
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/metrics/stream_meters.h"
#include "broker/record/child_shards.h"
#include "broker/record/consumer_key.h"
#include "broker/record/consumer_positions.h"
#include "broker/record/read_budget.h"
#include "broker/record/read_limiter.h"
#include "broker/record/record_collector.h"
#include "broker/record/shard_reader.h"
#include "broker/stream/pending_work.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct SubscriptionEvent {
  CollectedRecords collected;
  // AFTER_SEQUENCE_NUMBER with this goes on behind the event. Absent at the end of the shard, and
  // before the first record of a shard that has none.
  std::optional<SequenceNumber> continuation_sequence_number;
  int64_t millis_behind_latest = 0;
  uint64_t records_behind_latest = 0;
  // Not empty at the end of a closed shard, in the last event.
  std::vector<ChildShard> child_shards;
  // Keep it until the event is written.
  ReadBudget::Charge charge;
};

// Nothing: the subscription is over, and all was well.
using NextEvent = absl::StatusOr<std::optional<SubscriptionEvent>>;
using NextEventCallback = absl::AnyInvocable<void(NextEvent) &&>;

struct SubscriptionTimes {
  int64_t lifetime_ms = kSubscriptionLifetimeMs;
  int64_t idle_event_ms = kSubscriptionIdleEventMs;
  // A subscription as old as this makes room for a new one.
  int64_t takeover_ms = kSubscriptionTakeoverMs;
  // How long a subscription that has ended waits for its subscriber to take the last event. Shorter
  // cuts off subscribers that are merely slow, before they learn why; longer holds the event.
  int64_t cut_after_ms = 5'000;
};

class Subscription;

// What subscriptions work with. Outlives all of them.
struct SubscriptionContext {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const Clock* clock = nullptr;
  boost::asio::any_io_executor executor;
  const ShardReader* reader = nullptr;
  // Null: no limits.
  ReadLimiter* limiter = nullptr;
  // Null: not kept.
  ConsumerPositions* positions = nullptr;
  // Null: nobody counts.
  StreamMeters* meters = nullptr;
  SubscriptionTimes times;
  // Each Next under way.
  PendingWork* calls = nullptr;
  absl::AnyInvocable<void(Subscription*) const> on_closed;
};

class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  // Of one event: half a second of what Kinesis gives a consumer. Smaller costs more a record,
  // larger is memory for each slow subscriber.
  static constexpr size_t kEventBytesMax = 1 << 20;
  // Until memory for answers is looked for again.
  static constexpr int64_t kOverloadedRetryMs = 50;

  struct Request {
    ConsumerKey consumer;
    ShardKey shard;
    SequenceNumber next;
    // Who takes the events (ReadBudget).
    std::string connection;
  };

  // `cut` may be called once, on the executor, until Close.
  Subscription(const SubscriptionContext& context, Request request,
               absl::AnyInvocable<void() &&> cut);

  // The next event; the one before has been written. `done` is called once, on the executor, or on
  // the calling thread after Stop. One at a time.
  void Next(NextEventCallback done) ABSL_LOCKS_EXCLUDED(mutex_);
  // The door is done with it, or the subscriber has gone. A Next under way is still answered.
  // Idempotent.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

  // For the registry. The reason is the answer to the Next under way, or to the one that comes.
  void End(absl::Status why) ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives up an event that is not taken.
  void Cut() ABSL_LOCKS_EXCLUDED(mutex_);

  const ConsumerKey& consumer() const { return request_.consumer; }
  const ShardKey& shard() const { return request_.shard; }
  // Of Clock::MonotonicMs.
  int64_t started_ms() const { return started_ms_; }

  // Once, before any other.
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  enum class State { kIdle, kReading, kWaiting };

  // Nothing to give before something happens, at `until_ms` at the latest.
  struct Pause {
    int64_t until_ms = 0;
    bool for_records = false;
  };

  void Post();
  void Run();
  // An event, an end, or, with `pause` set, neither.
  NextEvent Look(std::optional<Pause>* pause) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> FindStream() const;
  NextEvent Read(const StreamSnapshot& stream, bool log_called, std::optional<Pause>* pause);
  // Throttled: an event without records where one is due, and otherwise a pause.
  NextEvent GiveLater(int64_t wait_ms, const ShardInfo& shard, std::optional<Pause>* pause);
  void Meter(const SubscriptionEvent& event) const;
  SubscriptionEvent Describe(ShardRead read, const ShardInfo& shard);
  std::optional<SequenceNumber> Continuation(const ShardInfo& shard) const;
  void Watch(const StreamSnapshot& stream) ABSL_LOCKS_EXCLUDED(mutex_);
  void Wait(const Pause& pause) ABSL_LOCKS_EXCLUDED(mutex_);
  void StartTimer(int64_t until_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartCutTimer(int64_t after_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  void OnRecords(uint64_t turn) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnTimer(uint64_t turn) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnSnapshot() ABSL_LOCKS_EXCLUDED(mutex_);
  void Answer(NextEvent next) ABSL_LOCKS_EXCLUDED(mutex_);

  const SubscriptionContext& context_;
  const Request request_;
  const int64_t started_ms_;

  // Used by Next and Run alone, which take turns: Next begins a Run, whose answer allows the next.
  SequenceNumber next_;
  int64_t idle_event_due_ms_;
  // Append time of the next record, or when it cannot have been older.
  int64_t next_append_time_ms_;
  bool event_given_ = false;
  bool end_given_ = false;
  NextEventCallback done_;

  // Guards the wait and the end. Not held when log, directory, door or registry are called.
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  // Something has happened since the last look; the log has called.
  bool called_ ABSL_GUARDED_BY(mutex_) = false;
  bool log_called_ ABSL_GUARDED_BY(mutex_) = false;
  // Counts the waits: what an earlier one calls is late, and means nothing.
  uint64_t turn_ ABSL_GUARDED_BY(mutex_) = 0;
  storage::WaitId log_wait_ ABSL_GUARDED_BY(mutex_) = 0;
  boost::asio::steady_timer timer_ ABSL_GUARDED_BY(mutex_);
  // A wait for the next snapshot is there as long as the subscription is, from event to event.
  bool watching_ ABSL_GUARDED_BY(mutex_) = false;
  StreamDirectory::WaitId watch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::AnyInvocable<void() &&> cut_ ABSL_GUARDED_BY(mutex_);
  boost::asio::steady_timer cut_timer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
