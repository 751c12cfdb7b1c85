// ShardReader: one read of a shard, as GetRecords and SubscribeToShard both make it: what is there
// from a number on, how far that is from the tip, and what comes after the end.
//
// A shard is read to its end when the stream's snapshot shows it closed and no record is left. A
// log that is sealed while the snapshot shows the shard open is the moment of a reshard: the reader
// is at the tip, and the next snapshot tells it of the children. Reads may go to disk. Thread-safe:
// no state between reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/record/batch_decryptor.h"
#include "broker/record/child_shards.h"
#include "broker/record/read_budget.h"
#include "broker/record/record_collector.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "common/ids.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct ShardRead {
  // collected.next is where the reader is then.
  CollectedRecords collected;
  int64_t millis_behind_latest = 0;
  uint64_t records_behind_latest = 0;
  // No record will come to the log any more.
  bool sealed = false;
  // Not empty: the shard is closed and read to its end.
  std::vector<ChildShard> child_shards;
  // For `collected`: keep it until that is sent.
  ReadBudget::Charge charge;

  bool at_end() const { return !child_shards.empty(); }
  bool at_tip() const { return collected.records.empty() && !at_end(); }
};

// What is pointed to outlives the reader.
struct ShardReaderOptions {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const Clock* clock = nullptr;
  std::shared_ptr<ReadBudget> budget;
  // Null: there are no encrypted batches.
  BatchDecryptor* decryptor = nullptr;
};

class ShardReader {
 public:
  struct Request {
    SequenceNumber next;
    storage::ReadLimits limits;
    // Who takes the answer (ReadBudget).
    std::string_view connection;
  };

  explicit ShardReader(ShardReaderOptions options) : options_(std::move(options)) {}

  // What can be wrong before anything is read: NOT_FOUND (SHARD_NOT_FOUND), INVALID_ARGUMENT
  // (INVALID_ITERATOR) past the end.
  absl::Status Check(const ShardKey& shard, SequenceNumber next) const;

  // Of the newest snapshot where a batch was encrypted with a key younger than `stream`. Errors as
  // Check; RESOURCE_EXHAUSTED (OVERLOADED) where the budget has no room, never at the
  // tip; the log's errors and the decryptor's where the first record cannot be read. Where a later
  // one cannot, the answer ends before it.
  absl::StatusOr<ShardRead> Read(const StreamSnapshot& stream, const ShardInfo& shard,
                                 const Request& request) const;

 private:
  absl::StatusOr<ShardRead> ReadOnce(const StreamSnapshot& stream, const ShardInfo& shard,
                                     const Request& request) const;

  const ShardReaderOptions options_;
};

}  // namespace penstock::broker
