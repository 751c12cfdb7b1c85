// RecordBatch: records stored, replicated and sent together; the header and the records block in
// one string of bytes.
//
// The block is the protobuf encoding of penstock.v1.RecordBlock, compressed or not. A batch is made
// by RecordBatchBuilder, or taken in from bytes by Parse, which verifies them; from then on it only
// changes by Stamp, when the broker gives it its place in the shard. An encrypted one is made of it
// by broker/encryption. Not thread-safe; once stored
// it is shared as a StoredBatch and no longer changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/ids.h"
#include "common/record.h"
#include "common/record_batch_header.h"

namespace penstock {

class RecordBatch {
 public:
  RecordBatch(RecordBatch&&) = default;
  RecordBatch& operator=(RecordBatch&&) = default;
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  // Takes in a batch of `shard` from outside or from disk. DATA_LOSS (CORRUPT_RECORDS), saying what
  // is wrong, unless the header is sound, the length is the header's, and the checksum is right for
  // this shard. The block is not decoded.
  static absl::StatusOr<RecordBatch> Parse(const ShardKey& shard, std::string bytes);

  const RecordBatchHeader& header() const { return header_; }
  // Header and block: what is stored and sent.
  std::string_view bytes() const { return bytes_; }
  std::string_view block() const {
    return std::string_view(bytes_).substr(RecordBatchHeader::kBytes);
  }

  // Puts a batch together: `bytes` is room for a header and the block behind it, `header` all else
  // that is known of it. Sets block_bytes and the checksum. For what makes blocks and changes them:
  // the builder and the batch cipher, which keep the limits.
  static RecordBatch Assemble(const ShardKey& shard, RecordBatchHeader header, std::string bytes);
  // The reverse, with the header as it was.
  std::string TakeBytes() && { return std::move(bytes_); }

  // Gives the batch its place: the three fields of the header that the broker owns.
  void Stamp(Epoch epoch, SequenceNumber first, int64_t append_time_ms);

 private:
  RecordBatch(RecordBatchHeader header, std::string bytes)
      : header_(header), bytes_(std::move(bytes)) {}

  RecordBatchHeader header_;
  std::string bytes_;
};

// A batch with its place, shared by the tail ring and readers.
using StoredBatch = std::shared_ptr<const RecordBatch>;

// Reads the records of a batch in order. The views live as long as the reader and the batch do.
//
//   ASSIGN_OR_RETURN(RecordBlockReader reader, RecordBlockReader::Open(*batch));
//   RecordView record;
//   while (reader.Next(&record)) { ... }
//   RETURN_IF_ERROR(reader.status());
class RecordBlockReader {
 public:
  // Unpacks the block if it is compressed. DATA_LOSS where it does not unpack; INTERNAL where it is
  // encrypted: whoever reads decrypts first.
  static absl::StatusOr<RecordBlockReader> Open(const RecordBatch& batch);

  RecordBlockReader(RecordBlockReader&&) = default;
  RecordBlockReader& operator=(RecordBlockReader&&) = default;

  // False at the end and on a malformed block.
  bool Next(RecordView* record);
  // DATA_LOSS if the block was malformed or held another number of records than its header says.
  // Ask after Next was false.
  absl::Status status() const { return status_; }

 private:
  RecordBlockReader() = default;

  // On the heap, so that views into it survive a move of the reader. Null for a block that is not
  // compressed.
  std::unique_ptr<std::string> unpacked_;
  std::string_view rest_;
  SequenceNumber first_sequence_number_;
  uint32_t record_count_ = 0;
  uint32_t records_read_ = 0;
  absl::Status status_;
};

}  // namespace penstock
