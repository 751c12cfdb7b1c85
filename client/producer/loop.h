// ProducerLoop: the producer's thread. Takes what the other threads tell, moves batches through the
// stages, and tells what became of them.
//
//   Put threads ──sealed──┐                                  ┌──> connections ──> broker
//   connections ──answer──┼─> mailbox ─> loop ─> queues ─────┤
//   shard map   ──────────┘      ▲                           └──> callbacks
//                                └── time: due batches, retries, timeouts, record_ttl
//
// All state of the queues and connections is this thread's alone. The loop ends with Stop: what is
// left is told CANCELLED. What it is given outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "client/producer/aggregate.h"
#include "client/producer/complete.h"
#include "client/producer/mailbox.h"
#include "client/producer/meter.h"
#include "client/producer/record_budget.h"
#include "client/producer/reshard.h"
#include "client/producer/send.h"
#include "client/producer/transport.h"
#include "common/clock.h"

namespace penstock::producer {

class ProducerLoop {
 public:
  struct Options {
    std::string stream_name;
    QueueSet::Options queues;
    // Infinite: none.
    absl::Duration record_ttl = absl::InfiniteDuration();
    absl::Duration request_timeout = absl::InfiniteDuration();
    absl::Duration metrics_interval = absl::InfiniteDuration();
    // Called every metrics_interval.
    std::function<void()> on_metrics = nullptr;
  };

  struct Parts {
    Transport& transport;
    Aggregator& aggregator;
    RecordBudget& budget;
    ProducerMeter& meter;
    Mailbox& mailbox;
    const Clock& clock;
  };
  ProducerLoop(Options options, const Parts& parts);

  // Until the mailbox is stopped. Everything is told when it returns.
  void Run();

  // Of the last map; for figures. Thread-safe.
  uint64_t shard_count() const { return shard_count_.load(std::memory_order_relaxed); }
  // Of the stream's records; 0 while it is not known. Thread-safe.
  size_t record_bytes_max() const { return record_bytes_max_.load(std::memory_order_relaxed); }

 private:
  void Handle(Event event);
  void OnStream(StreamEvent event);
  void OnShardMap(absl::StatusOr<ShardMapPtr> map);
  void Install(const ShardMapPtr& map);
  bool IsOfCurrentStream(const ShardMap& map) const;
  void FailAll(const absl::Status& error);

  // What is due at now_us_.
  void DoTimed();
  void DropConnection(int connection, const absl::Status& why);
  void LookForTimeouts();
  void ExpireRecords();
  void AskForShardMap();
  // Batches from the aggregator, into their queues.
  void Take(std::vector<ClosedBatch> closed);
  void Push(QueueId queue, SealedBatch batch);
  // Does all that can be done of the queues that have changed.
  void Pump();
  void PumpOne(QueueId id);
  void SendFrom(ShardQueue& queue);
  int64_t NextLookUs() const;

  const Options options_;
  Transport& transport_;
  Aggregator& aggregator_;
  RecordBudget& budget_;
  Mailbox& mailbox_;
  ProducerMeter& meter_;
  const Clock& clock_;
  Completer completer_;
  QueueSet queues_;
  Sender sender_;
  int64_t now_us_ = 0;

  // Who waits for an answer.
  struct Call {
    QueueId queue = 0;
    int connection = 0;
    int64_t sent_us = 0;
  };
  // Those of batches that have expired meanwhile included: what a connection swallows is seen here.
  absl::flat_hash_map<uint64_t, Call> calls_;
  uint64_t last_call_id_ = 0;
  // Queues that have changed since they were pumped.
  absl::flat_hash_set<QueueId> changed_;
  // Queues to be looked at again at a time.
  std::set<std::pair<int64_t, QueueId>> timers_;

  // What was to be flushed waited for the shard map.
  bool flush_at_install_ = false;
  bool map_wanted_ = false;
  bool map_asked_ = false;
  int64_t map_retry_at_us_ = 0;
  Backoff map_backoff_;
  // When it is asked for though nothing is missing: limits change without a reshard.
  int64_t map_refresh_at_us_ = 0;
  int64_t next_tick_us_ = 0;
  int64_t next_metrics_us_ = 0;
  // Relaxed: a number, not an order.
  std::atomic<uint64_t> shard_count_{0};
  std::atomic<size_t> record_bytes_max_{0};
};

}  // namespace penstock::producer
