// Producer: takes records and sees to it that they are stored, each once, those of a key in order.
//
//   absl::StatusOr<std::unique_ptr<penstock::Producer>> producer =
//       penstock::Producer::Create({.stream_name = "orders"});
//   if (!producer.ok()) return producer.status();
//
//   for (const Order& order : orders) {
//     RETURN_IF_ERROR((*producer)->Put(
//         {.data = order.json, .partition_key = order.customer}, [](penstock::PutOutcome outcome) {
//           if (!outcome.status.ok()) LOG(ERROR) << outcome.status;
//         }));
//   }
//   RETURN_IF_ERROR((*producer)->Close(absl::Seconds(30)));
//
// Records are gathered into batches, a shard's each, which are compressed, checksummed and sent;
// several batches of a shard are under way at a time. What fails for a while (throttling, a broker
// that restarts, a connection that is lost) is put again, without end unless record_ttl is given.
//
// Order. Records of one partition key are stored in the order of their Puts, across retries,
// reconnects, reshards and restarts of the broker. Puts of several threads at a time have no order
// among each other.
//
// Order holds for what is acknowledged: a record that failed with ErrorDetails::outcome_unknown
// (errors.h) may be stored all the same, also behind later ones of its key.
//
// Once. A record is stored once, however often its batch is sent: the broker knows each batch of
// the producer. This holds while the producer lives; what was put, but not acknowledged, before a
// process ended may be stored, or not.
// LIMIT: a shard knows the 1,024 producers that have put to it last, and this one counts for each
// shard. A batch whose answer was lost, and that is sent again after so many others have put there,
// is stored twice.
//
// Room. Put takes records up to ProducerOptions::buffered_bytes_max; then it waits, or fails, as
// the options say.
//
// Threads. Thread-safe. Callbacks run on the producer's thread; those of records that are stored, in
// the order of their keys. They must not block, nor destroy the producer; they may call Put, which
// then fails with RESOURCE_EXHAUSTED where it would have to wait. A producer has two threads besides
// gRPC's, however many shards the stream has.
//
// Fork. After fork() the child's copy of a producer is of no use: its calls fail with
// FAILED_PRECONDITION, and its destructor lets go of it as it is.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/producer_options.h"
#include "penstock/producer_stats.h"

namespace penstock {

// A record to put, as views: Put copies them. Limits are those of PutRecordsEntry.
struct ProducerRecord {
  std::string_view data = {};
  std::string_view partition_key = {};
  std::string_view explicit_hash_key = {};
};

// A time that a record was sent.
struct PutAttempt {
  absl::Time sent;
  absl::Duration duration;
  // OK for the one that stored it.
  absl::Status error;
};

// What is the same for all records of a batch.
struct PutHistory {
  // Where the records were put last; empty if they never were.
  std::string shard_id;
  // Since the batch was made: a reshard makes it anew. The last 16 at most.
  std::vector<PutAttempt> attempts;
  uint64_t attempt_count = 0;
};

struct PutOutcome {
  // OK: the record is stored.
  absl::Status status;
  uint64_t sequence_number = 0;
  // Its place among the records of an aggregated one (ProducerOptions::aggregation_enabled).
  std::optional<uint64_t> sub_sequence_number = {};
  // Never null.
  std::shared_ptr<const PutHistory> history;

  bool ok() const { return status.ok(); }
  const std::string& shard_id() const { return history->shard_id; }
  const std::vector<PutAttempt>& attempts() const { return history->attempts; }
};

using PutCallback = absl::AnyInvocable<void(PutOutcome)>;

class Producer {
 public:
  // Does not touch the network: a broker that is away is waited for. INVALID_ARGUMENT naming the
  // option that is out of its range.
  static absl::StatusOr<std::unique_ptr<Producer>> Create(const ProducerOptions& options);

  // Gives up what is not stored: its callbacks run, with CANCELLED, before the destructor returns.
  // Close first to have it stored.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Takes the record. OK: `done`, unless it is null, is called once, later, with what became of it. Otherwise it is not
  // called: INVALID_ARGUMENT naming the field; RESOURCE_EXHAUSTED where there is no room
  // (WhenFull::kFail, or on the producer's own thread); FAILED_PRECONDITION after Close or fork.
  // Of the outcome: NOT_FOUND (STREAM_NOT_FOUND); DEADLINE_EXCEEDED (record_ttl); INVALID_ARGUMENT
  // where the stream does not take a record so large; RESOURCE_EXHAUSTED (fail_if_throttled);
  // CANCELLED.
  absl::Status Put(const ProducerRecord& record, PutCallback done);
  // The same as a future, which costs an allocation more.
  std::future<PutOutcome> Put(const ProducerRecord& record);

  // Sends what is there, without waiting for batches to be full.
  void Flush();
  // Flush, then waits until what was put before is stored or has failed. DEADLINE_EXCEEDED with how
  // many records are not after `timeout`. Not from a callback.
  absl::Status FlushAndWait(absl::Duration timeout);

  // Calls `ready` once, on the producer's thread, when there is room for a record again: at once if
  // there is now. One call at a time is kept; another takes its place.
  void CallWhenRoom(absl::AnyInvocable<void()> ready);

  // Takes no more records, and waits until all are stored or have failed. DEADLINE_EXCEEDED with
  // how many are not after `timeout`: those are still worked on, and Close may be called again.
  absl::Status Close(absl::Duration timeout);

  ProducerStats Stats() const;
  // Records that are neither stored nor failed.
  size_t OutstandingRecordsCount() const;

 private:
  class Impl;
  friend struct ProducerTestPeer;
  explicit Producer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock
