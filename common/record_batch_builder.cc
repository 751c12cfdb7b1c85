#include "common/record_batch_builder.h"

#include <algorithm>
#include <utility>

#include "common/check.h"
#include "common/limits.h"
#include "common/proto_wire.h"
#include "common/record_block_fields.h"

namespace penstock {
namespace {

size_t EncodedBytes(const RecordView& record) {
  return BytesFieldBytes(record_block::kData, record.data) +
         BytesFieldBytes(record_block::kPartitionKey, record.partition_key) +
         BytesFieldBytes(record_block::kExplicitHashKey, record.explicit_hash_key);
}

// Tag and length of a record in the block: one byte and at most five.
constexpr size_t kRecordFramingBytesMax = 6;

}  // namespace

RecordBatchBuilder::RecordBatchBuilder(size_t block_bytes_expected) {
  // So that the block can be encrypted where it lies.
  bytes_.reserve(RecordBatchHeader::kBytes + block_bytes_expected + kBatchEncryptionBytes);
  bytes_.resize(RecordBatchHeader::kBytes);
  header_.hash_keys = {HashKey::Max(), HashKey()};
}

bool RecordBatchBuilder::Fits(const RecordView& record) const {
  return header_.record_count < kBatchRecordsMax &&
         block_bytes() + EncodedBytes(record) + kRecordFramingBytesMax <= kBatchPlainBlockBytesMax;
}

void RecordBatchBuilder::Add(const RecordView& record, HashKey hash_key) {
  CHECK(Fits(record));
  AppendLengthPrefix(record_block::kRecords, EncodedBytes(record), &bytes_);
  AppendBytesField(record_block::kData, record.data, &bytes_);
  AppendBytesField(record_block::kPartitionKey, record.partition_key, &bytes_);
  AppendBytesField(record_block::kExplicitHashKey, record.explicit_hash_key, &bytes_);
  header_.hash_keys.first = std::min(header_.hash_keys.first, hash_key);
  header_.hash_keys.last = std::max(header_.hash_keys.last, hash_key);
  ++header_.record_count;
}

RecordBatch RecordBatchBuilder::Build(const ShardKey& shard, Codec codec,
                                      const ProducerStamp& producer) && {
  CHECK(header_.record_count > 0);
  header_.uncompressed_bytes = static_cast<uint32_t>(block_bytes());
  std::string packed(RecordBatchHeader::kBytes, '\0');
  if (TryCompress(codec, std::string_view(bytes_).substr(RecordBatchHeader::kBytes), &packed)) {
    bytes_ = std::move(packed);
    header_.codec = codec;
  }
  header_.producer_id = producer.producer_id;
  header_.producer_epoch = producer.producer_epoch;
  header_.producer_sequence = producer.producer_sequence;
  return RecordBatch::Assemble(shard, header_, std::move(bytes_));
}

}  // namespace penstock
