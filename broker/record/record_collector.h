// RecordCollector: the records of stored batches from a number on, up to the limits of one answer.
//
//   RecordCollector collector(start, {.records_max = 100, .bytes_max = kGetRecordsBytesMax});
//   while (!collector.full()) {
//     ASSIGN_OR_RETURN(ReadResult read, log.Read(shard, collector.next(), collector.room()));
//     collector.Add(read);
//   }
//
// The log gives whole batches; an answer begins and ends anywhere in them. A first batch that is
// taken from its middle gives fewer records than the log has counted, which is why reading may go
// on. Records are views into the batches (or, of compressed ones, into their unpacked blocks),
// which the collection holds, so that nothing is copied before the answer is encoded. Batches are
// decrypted and unpacked one by one as they are needed: what is unpacked and not given is at most
// one. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/record/batch_decryptor.h"
#include "broker/stream/stream_config.h"
#include "common/ids.h"
#include "common/record.h"
#include "common/record_batch.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct ReadRecord {
  SequenceNumber sequence_number;
  int64_t approximate_arrival_timestamp_ms = 0;
  RecordView record;
  // As it was stored.
  bool encrypted = false;
};

struct CollectedRecords {
  std::vector<ReadRecord> records;
  // Number of the record after the last one given.
  SequenceNumber next;
  // When it arrived; absent if there is none.
  std::optional<int64_t> next_append_time_ms;
  // Data and partition keys together.
  size_t bytes = 0;

  // What the records point into.
  std::vector<StoredBatch> batches;
  std::vector<RecordBlockReader> readers;
};

// With what the encrypted batches of a shard are opened. Without a decryptor they cannot be.
struct BatchOpener {
  BatchDecryptor* decryptor = nullptr;
  const StreamConfig* stream = nullptr;
  ShardKey shard;
};

class RecordCollector {
 public:
  // At most records_max records, and as many as stay within bytes_max of data and partition keys,
  // but at least one if there is one.
  RecordCollector(SequenceNumber start, const storage::ReadLimits& limits,
                  const BatchOpener& opener = {});

  // `read` was read from next() on.
  void Add(const storage::ReadResult& read);
  // No more is wanted, or there is no more: the answer is at a limit, at the tip, or before a batch
  // that cannot be read.
  bool full() const { return full_; }
  SequenceNumber next() const { return collected_.next; }
  // What the next read needs to give.
  storage::ReadLimits room() const;
  // A read failed: the answer ends before it.
  void Fail(absl::Status error);

  // A batch that cannot be read ends the answer before it; where it is the first, its error
  // (DATA_LOSS, KMS_*) is the answer, so that nothing is skipped in silence.
  absl::StatusOr<CollectedRecords> Finish() &&;

 private:
  void AddBatch(const StoredBatch& stored);
  // `encrypted`: as the batch was stored.
  void AddRecords(const RecordBatch& batch, RecordBlockReader& reader, bool encrypted);
  absl::StatusOr<StoredBatch> Decrypted(const StoredBatch& stored) const;
  bool AtLimit() const;
  // The next record to give is of `batch`.
  void StopAt(const RecordBatch& batch);

  const storage::ReadLimits limits_;
  const BatchOpener opener_;
  CollectedRecords collected_;
  absl::Status error_;
  bool full_ = false;
};

}  // namespace penstock::broker
