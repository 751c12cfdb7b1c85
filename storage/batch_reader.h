// BatchReader: reads batches of a shard from RocksDB, and proves that they are whole, in their
// place, and without a gap.
//
// Uses a short-lived iterator a call: a long-lived one would hold on to memtables and files.
// Thread-safe; no state of its own.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "common/ids.h"
#include "common/record_batch.h"
#include "storage/lane_db.h"
#include "storage/shard_log.h"

namespace penstock::storage {

class BatchReader {
 public:
  explicit BatchReader(const LaneDb& db) : db_(db) {}

  // Batches of [from, end), the first being the one that holds `from`; from < end.
  // `*next_append_time_ms` as in ReadResult, if the next batch is at hand. A batch that is missing,
  // damaged or misplaced ends the read before it; if it is the first one: DATA_LOSS
  // (CORRUPT_RECORDS) naming the numbers that cannot be read.
  absl::StatusOr<std::vector<StoredBatch>> Read(const ShardKey& shard, SequenceNumber from,
                                                SequenceNumber end, const ReadLimits& limits,
                                                std::optional<int64_t>* next_append_time_ms) const;

 private:
  // The first number from `from` on at which a sound batch begins; `end` if there is none.
  // LIMIT: found by doubling steps, so that of several damaged places close together a sound batch
  // between them may be missed; it can still be read by asking for its number.
  SequenceNumber NextReadable(const ShardKey& shard, SequenceNumber from, SequenceNumber end) const;

  const LaneDb& db_;
};

}  // namespace penstock::storage
