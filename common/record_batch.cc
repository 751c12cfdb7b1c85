#include "common/record_batch.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/proto_wire.h"
#include "common/record_block_fields.h"
#include "common/status_macros.h"

namespace penstock {
namespace {

absl::Status CorruptAt(SequenceNumber first, std::string_view what) {
  return MakeError(
      ErrorReason::kCorruptRecords,
      absl::StrCat("record batch at sequence number ", first.value(), ": ", std::string(what)));
}

bool DecodeRecord(std::string_view message, RecordView* record) {
  *record = {};
  ProtoWireReader reader(message);
  while (reader.Next()) {
    if (!reader.is_bytes()) continue;
    if (reader.field() == record_block::kData) record->data = reader.bytes();
    if (reader.field() == record_block::kPartitionKey) record->partition_key = reader.bytes();
    if (reader.field() == record_block::kExplicitHashKey)
      record->explicit_hash_key = reader.bytes();
  }
  return reader.ok();
}

}  // namespace

absl::StatusOr<RecordBatch> RecordBatch::Parse(const ShardKey& shard, std::string bytes) {
  ASSIGN_OR_RETURN(const RecordBatchHeader header, RecordBatchHeader::Decode(bytes));
  const SequenceNumber first = header.first_sequence_number;
  if (bytes.size() - RecordBatchHeader::kBytes != header.block_bytes) {
    return CorruptAt(first, absl::StrCat("block has ", bytes.size() - RecordBatchHeader::kBytes,
                                         " bytes, its header says ", header.block_bytes));
  }
  if (BatchChecksum(shard, bytes) != header.checksum) {
    return CorruptAt(first, absl::StrCat("checksum does not verify for shard ", ToString(shard)));
  }
  return RecordBatch(header, std::move(bytes));
}

RecordBatch RecordBatch::Assemble(const ShardKey& shard, RecordBatchHeader header,
                                  std::string bytes) {
  CHECK(bytes.size() >= RecordBatchHeader::kBytes);
  header.block_bytes = static_cast<uint32_t>(bytes.size() - RecordBatchHeader::kBytes);
  CHECK(header.block_bytes <= kBatchBlockBytesMax);
  header.EncodeTo(bytes.data());
  header.checksum = BatchChecksum(shard, bytes);
  header.EncodeTo(bytes.data());
  return RecordBatch(header, std::move(bytes));
}

void RecordBatch::Stamp(Epoch epoch, SequenceNumber first, int64_t append_time_ms) {
  header_.epoch = epoch;
  header_.first_sequence_number = first;
  header_.append_time_ms = append_time_ms;
  header_.EncodeTo(bytes_.data());
}

absl::StatusOr<RecordBlockReader> RecordBlockReader::Open(const RecordBatch& batch) {
  RecordBlockReader reader;
  const RecordBatchHeader& header = batch.header();
  if (header.encrypted) {
    return MakeError(
        ErrorReason::kInternalFailure,
        absl::StrCat("record batch at sequence number ", header.first_sequence_number.value(),
                     ": its block is encrypted, and was not decrypted to be read"));
  }
  reader.first_sequence_number_ = header.first_sequence_number;
  reader.record_count_ = header.record_count;
  if (header.codec == Codec::kNone) {
    reader.rest_ = batch.block();
  } else {
    reader.unpacked_ = std::make_unique<std::string>();
    RETURN_IF_ERROR(
        Decompress(header.codec, batch.block(), header.uncompressed_bytes, reader.unpacked_.get()));
    reader.rest_ = *reader.unpacked_;
  }
  return reader;
}

bool RecordBlockReader::Next(RecordView* record) {
  ProtoWireReader fields(rest_);
  while (fields.Next()) {
    if (fields.field() != record_block::kRecords || !fields.is_bytes()) continue;
    if (records_read_ == record_count_) {
      // One too many: it would get the number of another batch's record.
      ++records_read_;
      break;
    }
    if (!DecodeRecord(fields.bytes(), record)) {
      status_ = CorruptAt(first_sequence_number_,
                          absl::StrCat("record ", records_read_, " of its block is malformed"));
      return false;
    }
    rest_ = rest_.substr(
        static_cast<size_t>(fields.bytes().data() + fields.bytes().size() - rest_.data()));
    ++records_read_;
    return true;
  }
  if (!fields.ok() || records_read_ != record_count_) {
    status_ = CorruptAt(
        first_sequence_number_,
        absl::StrCat("block is malformed or holds another number of records than ", record_count_));
  }
  rest_ = {};
  return false;
}

}  // namespace penstock
