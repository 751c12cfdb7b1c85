// RecordBatchBuilder: gathers records of one shard into a RecordBatch.
//
//   RecordBatchBuilder builder;
//   builder.Add(record, hash_key);
//   RecordBatch batch = std::move(builder).Build(shard, Codec::kNone);
//
// Copies each record once, behind room kept for the header, so that an uncompressed batch is not
// copied again. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "common/codec.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record.h"
#include "common/record_batch.h"
#include "common/record_batch_header.h"

namespace penstock {

// Identity of a put for idempotence. Producer id 0 is none. A producer numbers its puts in rising
// order over all shards, and begins a higher epoch when it has lost count.
struct ProducerStamp {
  uint64_t producer_id = 0;
  uint32_t producer_epoch = 0;
  uint64_t producer_sequence = 0;
};

class RecordBatchBuilder {
 public:
  // `block_bytes_expected` is reserved at once.
  explicit RecordBatchBuilder(size_t block_bytes_expected = 0);

  // Whether Add may be called for this record without passing kBatchRecordsMax or
  // kBatchPlainBlockBytesMax.
  bool Fits(const RecordView& record) const;
  // CHECKs Fits. `hash_key` is HashKeyOf(record), which the caller has at hand from routing.
  void Add(const RecordView& record, HashKey hash_key);

  uint32_t record_count() const { return header_.record_count; }
  size_t block_bytes() const { return bytes_.size() - RecordBatchHeader::kBytes; }

  // At least one record must have been added. A block that `codec` does not make smaller is stored
  // uncompressed.
  RecordBatch Build(const ShardKey& shard, Codec codec, const ProducerStamp& producer = {}) &&;

 private:
  RecordBatchHeader header_;
  std::string bytes_;
};

}  // namespace penstock
