// ShardLog: where the records of shards are kept. The seam between the broker and storage.
//
// A shard is a log of batches with contiguous sequence numbers [first, end). Append adds at the end
// and answers when the batch is synced; what is not synced is never shown to a reader. Trim moves
// `first` forward and gives the space back. Seal ends a shard: what was appended before is kept,
// nothing is appended after.
//
//   Append ─▶ queue ─▶ committer: numbers, one write ─▶ syncer: one sync ─▶ visible, acknowledged
//
// Thread-safe. Callbacks run on threads of the log's own, or on the caller's where the answer is
// known at once: they must be short and must not block. After an I/O error the log has stopped for
// good: appends under way are answered with UNAVAILABLE (STORAGE_FAILED: may have been stored),
// later ones with UNAVAILABLE (STORAGE_STOPPED: not stored); reads of what was synced go on;
// opening it again repairs it.
//
// Implemented by storage::Store on RocksDB. The replicated log of a cluster will stand behind the
// same seam (ADR 0006).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record_batch.h"

namespace penstock::storage {

// Puts of a producer whose results a shard keeps. A producer that may send a put again must not have
// more of them under way into one shard.
inline constexpr size_t kProducerResultsKept = 16;

// Producers that a shard keeps apart; past it the one that has put nothing for the longest time is
// forgotten, at up to 1.2 KiB of memory each.
// LIMIT: a put that comes again after its producer was forgotten is stored again, unless
// AppendConditions::producer_previous says what came before it.
inline constexpr size_t kProducersPerShardMax = 1'024;

// What must hold for a batch to be stored. Looked at when its turn has come: behind all that was
// queued before.
struct AppendConditions {
  // The number that the batch's first record gets, else SEQUENCE_NUMBER_MISMATCH, which says what
  // it would be.
  std::optional<SequenceNumber> expected_next;
  // The highest sequence that the batch's producer has stored in this shard in this epoch, also
  // before the shard was made from its parents; 0 if none. Else PRODUCER_SEQUENCE_GAP. Not looked
  // at for a batch without a producer.
  std::optional<uint64_t> producer_previous;
};

struct AppendResult {
  // The records of the batch got this number and the ones that follow.
  SequenceNumber first_sequence_number;
  int64_t append_time_ms = 0;
  // Where the batch lies, and how many records it has. Those of the batch appended, unless it is a
  // duplicate: then those of the first one, which may lie in a shard that this one was made from
  // and, if that was split, hold more records than the batch that came again.
  ShardIndex shard;
  uint32_t record_count = 0;
  // It was stored before; nothing was stored now.
  bool duplicate = false;
  // The lowest and the highest of those records' hash keys: what tells which of a put's records
  // they are, where a reshard has parted the put.
  HashKeyRange hash_keys;
};

using AppendCallback = absl::AnyInvocable<void(absl::StatusOr<AppendResult>) &&>;
using StatusCallback = absl::AnyInvocable<void(absl::Status) &&>;

// [first, end): what can be read. end is the number that the next record will get, less what is not
// yet synced.
struct ShardBounds {
  SequenceNumber first;
  SequenceNumber end;
  // No record will come any more: end never moves again.
  bool sealed = false;
};

using SealCallback = absl::AnyInvocable<void(absl::StatusOr<ShardBounds>) &&>;

struct NewShard {
  // The number of the first record.
  SequenceNumber first = kFirstSequenceNumber;
  // Sealed shards that end at or below `first`. What they know of producers is inherited, so that a
  // put that comes again behind a reshard is known.
  std::vector<ShardKey> parents = {};
};

struct ReadLimits {
  // A read stops after the batch that reaches either; it gives at least one batch if there is one.
  uint32_t records_max = 10'000;
  size_t bytes_max = 10 * 1024 * 1024;
};

struct ReadResult {
  // Whole batches with no gap between them. The first one may begin before the number asked for.
  std::vector<StoredBatch> batches;
  // Bounds at the time of the read. A number asked for below bounds.first was moved up to it.
  ShardBounds bounds;
  // Append time of the batch that follows those given; absent if there is none.
  std::optional<int64_t> next_append_time_ms;
};

// Identifies a wait; 0 is none.
using WaitId = uint64_t;

class ShardLog {
 public:
  virtual ~ShardLog() = default;

  // Makes an empty shard. Making one that is there already changes nothing. `done` is called once,
  // with OK when it is synced; many under way share a sync. NOT_FOUND (SHARD_NOT_FOUND) for a
  // parent that is not there, INVALID_ARGUMENT for one that is not sealed or ends above `first`;
  // RESOURCE_EXHAUSTED (OVERLOADED) past
  // LaneOptions::queue_commands_max; UNAVAILABLE (SHUTTING_DOWN, STORAGE_STOPPED; STORAGE_FAILED:
  // may have been made).
  virtual void CreateShard(const ShardKey& shard, NewShard spec, StatusCallback done) = 0;

  // Removes a shard with all its records; one that is not there is no error. The space comes back
  // soon after. `done` and errors as CreateShard.
  virtual void DeleteShard(const ShardKey& shard, StatusCallback done) = 0;

  // Ends the shard: appends queued before are stored, those queued after are refused with
  // SHARD_CLOSED. `done` gets the bounds when all is synced; waits of the shard are called. Sealing
  // a sealed shard changes nothing and gives its bounds. NOT_FOUND (SHARD_NOT_FOUND), and errors
  // as CreateShard.
  virtual void Seal(const ShardKey& shard, SealCallback done) = 0;

  // Stores `batch`, made for this shard, behind what was appended before. A batch with a producer
  // is stored once: one that comes again, in the same epoch with the same sequence and hash keys of
  // the first or among them, is answered with the first one's result, when that is synced; so it is
  // behind a Seal too. `done` is called exactly once, also on errors: NOT_FOUND (SHARD_NOT_FOUND);
  // FAILED_PRECONDITION: PRODUCER_FENCED by a higher epoch; PRODUCER_SEQUENCE_FORGOTTEN when it may
  // have been stored, or was in several parts, and no result says where; SHARD_CLOSED behind a Seal,
  // which may not be synced yet: a batch of a producer that was not forgotten is not in the shard
  // then, and never will be; those of AppendConditions, which are not looked at behind a Seal;
  // RESOURCE_EXHAUSTED (OVERLOADED) when the queue is full; UNAVAILABLE (SHUTTING_DOWN; STORAGE_FAILED: may have been stored). Errors known
  // at once are answered on the calling thread.
  virtual void Append(const ShardKey& shard, RecordBatch batch, AppendConditions conditions,
                      AppendCallback done) = 0;

  // Batches from the one that holds `from` on. At or past the end: none. NOT_FOUND
  // (SHARD_NOT_FOUND); DATA_LOSS (CORRUPT_RECORDS), naming the numbers lost and where reading can
  // go on, if the batch that holds `from` cannot be read: it is never skipped in silence.
  virtual absl::StatusOr<ReadResult> Read(const ShardKey& shard, SequenceNumber from,
                                          const ReadLimits& limits) = 0;

  // NOT_FOUND (SHARD_NOT_FOUND).
  virtual absl::StatusOr<ShardBounds> Bounds(const ShardKey& shard) = 0;

  // Number of the first record that arrived at `timestamp_ms` or later; bounds.end if there is
  // none. Errors as Read.
  virtual absl::StatusOr<SequenceNumber> FindByTime(const ShardKey& shard,
                                                    int64_t timestamp_ms) = 0;

  // Moves the trim horizon up to `first`; lower than it is, or past the end, is moved to the nearer
  // bound. Records below are not read again once `done` is called with OK (synced). Space is given
  // back in steps of about 64 MiB a shard, later. NOT_FOUND (SHARD_NOT_FOUND), UNAVAILABLE.
  virtual void Trim(const ShardKey& shard, SequenceNumber first, StatusCallback done) = 0;

  // Calls `ready` once, when the shard's end is above `end_seen` (at once, on the calling thread,
  // if it is already), when the shard is sealed (at once if it is) or deleted, or when the log is
  // closed. Returns 0 if `ready` has been called already. NOT_FOUND by calling `ready` at once: the next Read tells.
  virtual WaitId WaitForRecords(const ShardKey& shard, SequenceNumber end_seen,
                                absl::AnyInvocable<void() &&> ready) = 0;

  // True if the wait's `ready` was not called and now never will be. False if it was, or is about
  // to be.
  virtual bool CancelWait(const ShardKey& shard, WaitId wait) = 0;
};

}  // namespace penstock::storage
