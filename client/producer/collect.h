// ShardQueue: the collect stage. The batches of one shard, in order, from sealed to stored.
//
//            ┌─ finished ─┬───── sent, at most a window ─────┬────── waiting ──────┐
//   told  <──│ 11      12 │ 13           14           15     │ 16     17   …    …  │<── sealed
//            └────────────┴──────────────────────────────────┴─────────────────────┘
//
// Order. A queue is a producer of its own to the broker, with an id of its own and sequences from
// 1. Each batch says which one it follows: the broker refuses one whose predecessor is not the last
// that it stored (PRODUCER_SEQUENCE_GAP). So several may be under way, and still none overtakes:
// where one fails, those behind it are refused, the queue waits until nothing is under way, and sends
// again from the first that is not stored. What was stored without the producer learning of it is
// answered as a duplicate.
//
// Throttling. Batches that go past one that is throttled are refused too, and only cost the broker:
// after it one goes alone, and one more at a time with each that is stored, up to the window.
//
// End of a shard. When a reshard has closed it the broker stores nothing in it any more, but still
// says of a batch whether it is there. The queue asks about those that may be, and what is not there
// goes to the queues of the shards that follow (client/producer/reshard.h).
//
// An id a queue, and not one a producer: of what a producer has put a shard remembers the last 16
// batches, and when shards are merged that would be 16 of all of them together.
//
// Pure state: knows no time but what it is told, no thread, no connection. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"

#include "client/producer/aggregate.h"
#include "client/producer/batch.h"
#include "client/producer/limit.h"
#include "client/producer/retry.h"
#include "client/producer/transport.h"
#include "penstock/producer.h"

namespace penstock::producer {

// A batch whose fate is known.
struct FinishedBatch {
  SealedBatch batch;
  // OK: stored.
  absl::Status status;
  // With an error: it may be stored all the same.
  bool outcome_unknown = false;
  SequenceNumber first_sequence_number;
  bool duplicate = false;
  int64_t first_sent_us = 0;
  int64_t last_sent_us = 0;
  std::shared_ptr<PutHistory> history;
};

class ShardQueue {
 public:
  struct Options {
    QueueId id = 0;
    ShardKey shard;
    HashKeyRange hash_keys;
    uint64_t producer_id = 0;
    int window = 0;
    bool fail_if_throttled = false;
    Backoff::Delays delays;
    uint64_t seed = 0;
    RateLimiter limiter{0, 0, 100};
  };
  explicit ShardQueue(const Options& options);

  const Options& options() const { return options_; }

  // A batch of the queue. Batches may come out of the order of their sequences: one waits for those
  // before it.
  void Push(SealedBatch batch);

  // The batch to be sent now, if there is one; `call_id` is its name from now on.
  std::optional<BatchToSend> NextToSend(uint64_t call_id, absl::Time now, int64_t now_us);
  // Whether the batch that NextToSend gave had been sent before.
  bool last_send_was_again() const { return last_send_was_again_; }
  // When NextToSend is worth asking again, where time is all that keeps it; otherwise nothing.
  std::optional<int64_t> NextTryUs(int64_t now_us) const;
  // It would send another batch if it had one.
  bool CanSendMore(int64_t now_us) const;
  // Something is waiting to be sent.
  bool has_waiting() const;

  void OnAnswer(BatchAnswer answer, int64_t now_us);
  // The connection is gone: what was sent may be stored.
  void OnConnectionLost(const absl::Status& error, int64_t now_us);

  // The finished batches at the head, in order.
  std::vector<FinishedBatch> TakeFinished();

  // Batches put before `put_before_us` are finished with `error`. What may be stored says so.
  void Expire(int64_t put_before_us, const absl::Status& error, int64_t now_us);

  // The stream's limits have changed.
  void SetLimiter(const RateLimiter& limiter) { limiter_ = limiter; }

  // ---- The end of the shard

  // No more batches than `batches_total` will come, and the shard takes none.
  void EndShard(uint64_t batches_total);
  // The shard is closed, by the broker's word; EndShard follows with the map that shows it.
  bool WaitsForMap() const { return shard_closed_ && !batches_total_.has_value(); }
  // The stream is gone with all that was stored: nothing has to be asked about any more.
  void ForgetStored();
  // Everything has come, and of nothing is it unknown whether it is in the shard.
  bool IsSettled() const;
  // What is not in the shard, in order. The queue is then empty. It IsSettled.
  std::vector<SealedBatch> TakeLeft();

  // Queues that must be empty before this one sends.
  void AddBlocker() { ++blockers_; }
  void RemoveBlocker() { --blockers_; }
  bool blocked() const { return blockers_ > 0; }

  bool empty() const { return entries_.empty() && early_.empty(); }
  size_t in_flight() const { return in_flight_; }

 private:
  enum class State { kWaiting, kSent, kStored, kFailed, kNotInShard };

  struct Entry {
    SealedBatch batch;
    State state = State::kWaiting;
    // It was sent before this time, and nothing has said since that it was not stored.
    bool may_be_stored = false;
    uint64_t call_id = 0;
    absl::Status error;
    SequenceNumber first_sequence_number;
    bool duplicate = false;
    absl::Time sent;
    int64_t sent_us = 0;
    int64_t first_sent_us = 0;
    std::shared_ptr<PutHistory> history;
  };

  size_t PositionOf(const Entry& entry) const {
    return entry.batch.sequence - entries_.front().batch.sequence;
  }
  Entry* FirstWaiting();
  std::optional<uint64_t> PreviousOf(const Entry& entry) const;
  BatchToSend Send(Entry& entry, uint64_t call_id, std::optional<uint64_t> previous, absl::Time now,
                   int64_t now_us);
  void Note(Entry& entry, const absl::Status& error, int64_t now_us);
  void Fail(Entry& entry, absl::Status error);
  // Nothing is under way: what failed is sent again, after a while.
  void Restart(int64_t now_us);

  Options options_;
  Backoff backoff_;
  RateLimiter limiter_;

  // In order of sequence without a gap; and those that came before their time.
  std::deque<Entry> entries_;
  std::map<uint64_t, SealedBatch> early_;
  uint64_t next_sequence_ = 1;

  size_t in_flight_ = 0;
  // How many may be: the window, or fewer since one was throttled.
  size_t in_flight_max_;
  // Of the batches that were before entries_. A batch in entries_ may be known to be stored while one
  // before it waits: that one does not follow it.
  uint64_t last_stored_ = 0;
  // Which one is the last that the broker has is not known: the next batch goes alone, and says
  // nothing of the one before it.
  bool previous_unknown_ = false;
  // Something failed: nothing is sent until nothing is under way.
  bool recovering_ = false;
  // What failed, other than because of a gap.
  absl::Status cause_;
  int64_t paused_until_us_ = 0;

  bool last_send_was_again_ = false;
  bool shard_closed_ = false;
  std::optional<uint64_t> batches_total_;
  int blockers_ = 0;
};

}  // namespace penstock::producer
