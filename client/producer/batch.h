// OpenBatch: records of one shard being gathered. SealedBatch: what becomes of them, ready to be
// sent, together with who waits for them.
//
//   Add ─▶ Add ─▶ Seal ─▶ SealedBatch ─▶ sent, sent again …  ─▶ stored: its records are told
//                              └─ the shard has closed ─▶ Reopen ─▶ Add to batches of other shards
//
// A record is copied once, into the batch; what waits for it stands beside, in the same order. With
// aggregation the records of the batch are aggregated ones, each with some of those that were put.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "client/kpl/aggregated_record.h"
#include "client/producer/record_budget.h"
#include "common/codec.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record.h"
#include "common/record_batch_builder.h"
#include "penstock/producer.h"

namespace penstock::producer {

// What is left of a record whose bytes are in a batch.
struct PendingRecord {
  PutCallback done;
  RecordBudget::Epoch epoch = 0;
  // When it was put, of Clock::MonotonicUs.
  int64_t put_us = 0;
  // Data and keys: what the budget has counted.
  uint32_t bytes = 0;
  uint32_t data_bytes = 0;
};

struct BatchLimits {
  size_t bytes_max = 0;
  uint32_t records_max = 0;
  // Present: records are aggregated.
  struct Aggregated {
    uint32_t records_max = 0;
    size_t bytes_max = 0;
  };
  std::optional<Aggregated> aggregated;

  // For a stream with such records: an aggregated one, and its key, is one of them.
  BatchLimits For(size_t record_bytes_max) const;
};

struct SealedBatch {
  ShardKey shard;
  uint64_t sequence = 0;
  // Header and block, as sent.
  std::shared_ptr<const std::string> bytes;
  uint32_t record_count = 0;
  size_t uncompressed_bytes = 0;
  std::vector<HashKey> sampled_hash_keys;
  // In the order of their Puts.
  std::vector<PendingRecord> pending;
  // How many of `pending` each record of the batch stands for. Empty: each for one.
  std::vector<uint32_t> user_records;
};

class OpenBatch {
 public:
  // `bytes_expected` is reserved at once.
  explicit OpenBatch(const BatchLimits& limits, size_t bytes_expected = 0);

  // Whether the record may still be added; one may always be added to an empty batch.
  bool Fits(const RecordView& record) const;
  // `hash_key` is HashKeyOf(record).
  void Add(const RecordView& record, HashKey hash_key, PendingRecord pending);
  // No other record of the usual size would fit.
  bool IsFull() const;

  bool empty() const { return pending_.empty(); }
  size_t bytes() const { return builder_.block_bytes(); }

  // Compresses and checksums. Not empty.
  SealedBatch Seal(const ShardKey& shard, const ProducerStamp& stamp, Codec codec) &&;

 private:
  void AddToBlock(const RecordView& record, HashKey hash_key);
  // Puts the aggregated record that is being made into the block.
  void EndAggregate();
  void Sample(HashKey hash_key);

  BatchLimits limits_;
  RecordBatchBuilder builder_;
  std::vector<PendingRecord> pending_;
  std::optional<kpl::KplAggregator> aggregate_;
  std::vector<uint32_t> user_records_;
  std::vector<HashKey> samples_;
  uint64_t random_;
};

// INVALID_ARGUMENT: what a record is refused with that is larger than the stream's limit.
absl::Status RecordTooLarge(size_t record_bytes_max);

// Hands out the records of a batch again, in order. Views live during the call.
using ReopenedRecord =
    absl::FunctionRef<void(const RecordView& record, HashKey hash_key, PendingRecord pending)>;
void Reopen(SealedBatch batch, ReopenedRecord take);

}  // namespace penstock::producer
