// ProducerTable: what a shard knows of the producers that put into it, so that no put is stored
// twice.
//
// Of each producer it keeps the epoch and the results of its last kProducerResultsKept puts. A batch
// that comes again is answered with the result of the first; one that may have come, but whose
// result is gone, is refused. A put may be in a shard in more than one part: a put into two shards
// that were merged left a result in each, and parts of it may still come. They are told apart by
// their hash keys, which never overlap; hence each result keeps those of its batch.
//
// Each result has a row of its own (producer_row.h); the rows of a producer are a ring, written over
// one after another, so that a put writes one row of 80 bytes and not all results.
//
// Bounded: past kProducersPerShardMax the producer that has put nothing for the longest time is
// forgotten. Not thread-safe: the committer's, and constant from the shard's seal on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record_batch_header.h"
#include "storage/shard_log.h"

namespace penstock::storage {

// Where a batch of a producer was stored.
struct ProducerResult {
  uint64_t sequence = 0;
  // The shard that has the records: this one, or one that it comes from.
  ShardIndex shard;
  uint32_t record_count = 0;
  SequenceNumber first_sequence_number;
  int64_t append_time_ms = 0;
  HashKeyRange hash_keys;
};

class ProducerTable {
 public:
  struct Producer {
    uint32_t epoch = 0;
    // Rows stored of this producer. At least one a result; more while those of an older epoch are
    // not yet written over.
    uint8_t rows = 0;
    // Of its youngest result.
    int64_t last_append_time_ms = 0;
    // The index is that of the result's row. No order; when it is full the oldest goes.
    std::vector<ProducerResult> results;
  };

  // Whether a batch may be stored. Nothing: it may. A result: it is there already.
  // FAILED_PRECONDITION: PRODUCER_FENCED; PRODUCER_SEQUENCE_FORGOTTEN; PRODUCER_SEQUENCE_GAP unless
  // `previous`, if given, is the last sequence of the producer, 0 if it has none. `header` has a
  // producer; `shard` is for messages.
  absl::StatusOr<std::optional<ProducerResult>> Check(const ShardKey& shard,
                                                      const RecordBatchHeader& header,
                                                      std::optional<uint64_t> previous) const;

  struct Forgotten {
    uint64_t producer_id = 0;
    uint8_t rows = 0;
  };
  struct Remembered {
    // The row that must be written.
    uint8_t row = 0;
    // The producer that was forgotten for it, whose rows must go.
    std::optional<Forgotten> forgotten;
  };
  // Takes in the result of a batch that Check let through.
  Remembered Remember(uint64_t producer_id, uint32_t epoch, const ProducerResult& result);

  // Takes in what a parent knows: of a producer that is in both the higher epoch, or the results of
  // both, youngest first.
  void Inherit(const ProducerTable& parent);

  // Takes in a stored row; those of a producer come in their order. DATA_LOSS (CORRUPT_RECORDS) if
  // one is missing.
  absl::Status Restore(const ShardKey& shard, uint64_t producer_id, uint8_t row, uint32_t epoch,
                       const ProducerResult& result);

  bool empty() const { return producers_.empty(); }
  const absl::flat_hash_map<uint64_t, Producer>& producers() const { return producers_; }

 private:
  // Forgets the producer idle longest; of those idle equally long the lowest id.
  Forgotten ForgetOne();

  absl::flat_hash_map<uint64_t, Producer> producers_;
};

}  // namespace penstock::storage
