// Subscription: the records of one shard, pushed to a registered consumer as they come.
//
//   auto subscription = client->SubscribeToShard(
//       {.stream_name = "orders", .consumer_name = "billing", .shard_id = "shardId-000000000000"},
//       {.on_event = [](penstock::SubscriptionEvent event) { ... },
//        .on_end = [](const absl::Status& status) { ... }});
//
//   subscribed ──event──> on_event ──returned──> next event is read
//       └──five minutes, end of the shard, error, Cancel──> on_end, once, last
//
// A subscription ends by itself after five minutes, and when its shard ends. Going on is the
// caller's: subscribe again AfterSequenceNumber(the last continuation_sequence_number), or to the
// child shards of the last event. There is an event at least every five seconds, with records or
// without.
//
// Memory is bounded: the next event is read when on_event has returned, and a broker whose events
// are not read waits with more.
//
// Threads. The callbacks run on a thread of the client, one after the other, never two at a time;
// they hold up the other callbacks of that thread (ClientOptions::callback_thread_count). They must
// not destroy the client. Cancel may come from any thread.
//
// Ownership. The destructor cancels, and returns after the last callback has run; called from one
// of its own callbacks it returns at once, and on_end, if it has not begun, still follows. A
// subscription may outlive its client, which ends it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "penstock/records.h"

namespace penstock {

struct SubscribeToShardOptions {
  std::string stream_name = {};
  std::string consumer_name = {};
  std::string shard_id = {};
  IteratorPosition starting_position = IteratorPosition::Latest();
  // As in PutRecordOptions: on_end gets the error DRY_RUN where it would have succeeded.
  bool dry_run = false;
};

struct SubscriptionEvent {
  // In order; none where there are none to give, so that both sides know that the other is there.
  std::vector<ReceivedRecord> records;
  // AfterSequenceNumber of this goes on without a gap or a repetition; it rises also where there
  // are no records. Absent at the end of the shard, and before the first record of a shard that has
  // none.
  std::optional<uint64_t> continuation_sequence_number;
  // As in GetRecordsResult, from here on.
  absl::Duration behind_latest;
  uint64_t records_behind_latest = 0;
  // At the end of a closed shard, in the last event.
  std::vector<ChildShard> child_shards;
};

struct SubscriptionCallbacks {
  absl::AnyInvocable<void(SubscriptionEvent)> on_event;
  // OK where the five minutes are over or the shard has ended, CANCELLED after Cancel. FAILED_
  // PRECONDITION (CONSUMER_IN_USE): another subscription of the consumer has taken the shard, or
  // is younger than five seconds. NOT_FOUND (STREAM_NOT_FOUND, SHARD_NOT_FOUND,
  // CONSUMER_NOT_FOUND), UNAVAILABLE where the connection is lost, DEADLINE_EXCEEDED where the
  // broker or on_event has stalled for longer than ClientOptions::call_timeout at the end of the
  // five minutes, and as GetRecords.
  absl::AnyInvocable<void(const absl::Status&)> on_end;
};

class Subscription {
 public:
  // A subscription under way; made by Client::SubscribeToShard.
  class Impl;
  explicit Subscription(std::shared_ptr<Impl> impl);

  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  // Makes it end soon. Any number of times.
  void Cancel();

 private:
  const std::shared_ptr<Impl> impl_;
};

}  // namespace penstock
