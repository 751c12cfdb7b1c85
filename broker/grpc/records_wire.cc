#include "broker/grpc/records_wire.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/ids.h"
#include "common/proto_wire.h"
#include "common/record_block_fields.h"
#include "common/status_macros.h"
#include "penstock/v1/streams.pb.h"

namespace penstock::broker {
namespace {

// Field numbers of proto/penstock/v1/records.proto. Those of PutRecordsRequestEntry are those of a
// stored record, common/record_block_fields.h.
namespace put_record {
constexpr uint32_t kStreamName = 1;
constexpr uint32_t kData = 2;
constexpr uint32_t kPartitionKey = 3;
constexpr uint32_t kExplicitHashKey = 4;
constexpr uint32_t kSequenceNumberForOrdering = 5;
constexpr uint32_t kDryRun = 6;
constexpr uint32_t kProducer = 7;
constexpr uint32_t kExpectedNextSequenceNumber = 8;
constexpr uint32_t kShardId = 1;
constexpr uint32_t kSequenceNumber = 2;
constexpr uint32_t kEncryptionType = 3;
}  // namespace put_record
namespace put_records {
constexpr uint32_t kStreamName = 1;
constexpr uint32_t kRequestRecords = 2;
constexpr uint32_t kDryRun = 3;
constexpr uint32_t kProducer = 4;
constexpr uint32_t kFailedRecordCount = 1;
constexpr uint32_t kResultRecords = 2;
constexpr uint32_t kEncryptionType = 3;
constexpr uint32_t kErrorCode = 3;
constexpr uint32_t kErrorMessage = 4;
constexpr uint32_t kOutcomeUnknown = 5;
constexpr uint32_t kRetryAfterMs = 6;
}  // namespace put_records
namespace producer_stamp {
constexpr uint32_t kProducerId = 1;
constexpr uint32_t kProducerEpoch = 2;
constexpr uint32_t kProducerSequence = 3;
constexpr uint32_t kPreviousProducerSequence = 4;
}  // namespace producer_stamp
namespace get_records {
constexpr uint32_t kShardIterator = 1;
constexpr uint32_t kLimit = 2;
constexpr uint32_t kMaxWaitMs = 3;
constexpr uint32_t kDryRun = 4;
constexpr uint32_t kRecords = 1;
constexpr uint32_t kNextShardIterator = 2;
constexpr uint32_t kMillisBehindLatest = 3;
constexpr uint32_t kRecordsBehindLatest = 4;
constexpr uint32_t kChildShards = 5;
}  // namespace get_records
// SubscribeToShardEvent; what is not here has the numbers of GetRecordsResponse.
namespace subscription_event {
constexpr uint32_t kContinuationSequenceNumber = 2;
}  // namespace subscription_event
namespace child_shard {
constexpr uint32_t kShardId = 1;
constexpr uint32_t kParentShards = 2;
constexpr uint32_t kHashKeyRange = 3;
constexpr uint32_t kStartingHashKey = 1;
constexpr uint32_t kEndingHashKey = 2;
}  // namespace child_shard
namespace record {
constexpr uint32_t kSequenceNumber = 1;
constexpr uint32_t kApproximateArrivalTimestampMs = 2;
constexpr uint32_t kData = 3;
constexpr uint32_t kPartitionKey = 4;
constexpr uint32_t kExplicitHashKey = 5;
constexpr uint32_t kEncryptionType = 6;
}  // namespace record

// Tag and length of a message field: one byte, and at most five.
constexpr size_t kFramingBytesMax = 6;
// The numbers of an answer; child shards, which are rare, make it grow.
constexpr size_t kAnswerBytes = 48;

absl::Status Malformed(std::string_view message_name) {
  return MakeError(
      ErrorReason::kInvalidArgument,
      absl::StrCat("request is not a well-formed penstock.v1.", std::string(message_name)));
}

bool ParseEntry(std::string_view message, RecordView* record) {
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

bool ParseProducer(std::string_view message, PutOptions* options) {
  ProducerStamp stamp;
  ProtoWireReader reader(message);
  while (reader.Next()) {
    if (reader.is_fixed64() && reader.field() == producer_stamp::kProducerId)
      stamp.producer_id = reader.fixed64();
    if (!reader.is_varint()) continue;
    if (reader.field() == producer_stamp::kProducerEpoch)
      stamp.producer_epoch = static_cast<uint32_t>(reader.varint());
    if (reader.field() == producer_stamp::kProducerSequence)
      stamp.producer_sequence = reader.varint();
    if (reader.field() == producer_stamp::kPreviousProducerSequence)
      options->previous_producer_sequence = reader.varint();
  }
  options->producer = stamp;
  return reader.ok();
}

bool IsEntry(const ProtoWireReader& reader) {
  return reader.is_bytes() && reader.field() == put_records::kRequestRecords;
}

// Nothing where the message is malformed, which the caller will find too.
size_t CountEntries(std::string_view message) {
  size_t count = 0;
  ProtoWireReader reader(message);
  while (reader.Next()) count += IsEntry(reader) ? 1 : 0;
  return count;
}

uint32_t Saturated(uint64_t value) {
  return static_cast<uint32_t>(std::min<uint64_t>(value, std::numeric_limits<uint32_t>::max()));
}

void AppendStored(const PutResult& result, std::string* output) {
  AppendBytesField(put_record::kShardId, FormatShardId(result.shard), output);
  AppendVarintField(put_record::kSequenceNumber, result.sequence_number.value(), output);
}

uint64_t Number(EncryptionType type) {
  static_assert(static_cast<int>(EncryptionType::kNone) == v1::ENCRYPTION_TYPE_NONE);
  static_assert(static_cast<int>(EncryptionType::kKms) == v1::ENCRYPTION_TYPE_KMS);
  return static_cast<uint64_t>(type);
}

void AppendFailed(const PutResult& result, std::string* output) {
  const ErrorTraits& traits = TraitsOf(ReasonOf(result.status));
  const absl::string_view message = result.status.message();
  AppendBytesField(put_records::kErrorCode, traits.name, output);
  AppendBytesField(put_records::kErrorMessage, {message.data(), message.size()}, output);
  AppendVarintField(put_records::kOutcomeUnknown, traits.outcome == Outcome::kUnknown ? 1 : 0,
                    output);
  AppendVarintField(put_records::kRetryAfterMs,
                    static_cast<uint64_t>(RetryAfterOf(result.status).value_or(0)), output);
}

// Two's complement in 64 bits, as protobuf has int64.
uint64_t TimestampBits(const ReadRecord& read) {
  return static_cast<uint64_t>(read.approximate_arrival_timestamp_ms);
}

uint64_t EncryptionTypeOf(const ReadRecord& read) {
  return read.encrypted ? static_cast<uint64_t>(EncryptionType::kKms) : 0;
}

size_t EncodedBytes(const ReadRecord& read) {
  return VarintFieldBytes(record::kSequenceNumber, read.sequence_number.value()) +
         VarintFieldBytes(record::kApproximateArrivalTimestampMs, TimestampBits(read)) +
         BytesFieldBytes(record::kData, read.record.data) +
         BytesFieldBytes(record::kPartitionKey, read.record.partition_key) +
         BytesFieldBytes(record::kExplicitHashKey, read.record.explicit_hash_key) +
         VarintFieldBytes(record::kEncryptionType, EncryptionTypeOf(read));
}

void AppendRecord(const ReadRecord& read, std::string* output) {
  AppendLengthPrefix(get_records::kRecords, EncodedBytes(read), output);
  AppendVarintField(record::kSequenceNumber, read.sequence_number.value(), output);
  AppendVarintField(record::kApproximateArrivalTimestampMs, TimestampBits(read), output);
  AppendBytesField(record::kData, read.record.data, output);
  AppendBytesField(record::kPartitionKey, read.record.partition_key, output);
  AppendBytesField(record::kExplicitHashKey, read.record.explicit_hash_key, output);
  AppendVarintField(record::kEncryptionType, EncryptionTypeOf(read), output);
}

std::string EncodeChildShard(const ChildShard& child) {
  std::string message;
  AppendBytesField(child_shard::kShardId, FormatShardId(child.shard), &message);
  for (const ShardIndex parent : child.parents)
    AppendBytesField(child_shard::kParentShards, FormatShardId(parent), &message);
  std::string range;
  AppendBytesField(child_shard::kStartingHashKey, child.hash_keys.first.ToDecimal(), &range);
  AppendBytesField(child_shard::kEndingHashKey, child.hash_keys.last.ToDecimal(), &range);
  AppendBytesField(child_shard::kHashKeyRange, range, &message);
  return message;
}

size_t RecordsBytes(const std::vector<ReadRecord>& records) {
  size_t bytes = 0;
  for (const ReadRecord& read : records) bytes += kFramingBytesMax + EncodedBytes(read);
  return bytes;
}

// What GetRecordsResponse and SubscribeToShardEvent say alike, by the same field numbers.
void AppendPlace(int64_t millis_behind_latest, uint64_t records_behind_latest,
                 const std::vector<ChildShard>& child_shards, std::string* output) {
  AppendVarintField(get_records::kMillisBehindLatest, static_cast<uint64_t>(millis_behind_latest),
                    output);
  AppendVarintField(get_records::kRecordsBehindLatest, records_behind_latest, output);
  for (const ChildShard& child : child_shards)
    AppendBytesField(get_records::kChildShards, EncodeChildShard(child), output);
}

}  // namespace

absl::StatusOr<PutRecordMessage> ParsePutRecord(std::string_view message) {
  PutRecordMessage parsed;
  bool well_formed = true;
  ProtoWireReader reader(message);
  while (reader.Next()) {
    if (reader.is_varint()) {
      if (reader.field() == put_record::kSequenceNumberForOrdering)
        parsed.options.sequence_number_for_ordering = reader.varint();
      if (reader.field() == put_record::kDryRun) parsed.options.dry_run = reader.varint() != 0;
      if (reader.field() == put_record::kExpectedNextSequenceNumber)
        parsed.options.expected_next_sequence_number = reader.varint();
    }
    if (!reader.is_bytes()) continue;
    if (reader.field() == put_record::kStreamName) parsed.stream_name = reader.bytes();
    if (reader.field() == put_record::kData) parsed.record.data = reader.bytes();
    if (reader.field() == put_record::kPartitionKey) parsed.record.partition_key = reader.bytes();
    if (reader.field() == put_record::kExplicitHashKey)
      parsed.record.explicit_hash_key = reader.bytes();
    if (reader.field() == put_record::kProducer)
      well_formed = well_formed && ParseProducer(reader.bytes(), &parsed.options);
  }
  if (!reader.ok() || !well_formed) return Malformed("PutRecordRequest");
  return parsed;
}

absl::StatusOr<PutRecordsMessage> ParsePutRecords(std::string_view message) {
  const size_t count = CountEntries(message);
  if (count > 0) RETURN_IF_ERROR(CheckRecordCount(count));
  PutRecordsMessage parsed;
  parsed.records.reserve(count);
  bool well_formed = true;
  ProtoWireReader reader(message);
  while (reader.Next()) {
    if (reader.is_varint() && reader.field() == put_records::kDryRun)
      parsed.options.dry_run = reader.varint() != 0;
    if (!reader.is_bytes()) continue;
    if (reader.field() == put_records::kStreamName) parsed.stream_name = reader.bytes();
    if (reader.field() == put_records::kProducer)
      well_formed = well_formed && ParseProducer(reader.bytes(), &parsed.options);
    if (!IsEntry(reader)) continue;
    parsed.records.emplace_back();
    well_formed = well_formed && ParseEntry(reader.bytes(), &parsed.records.back());
  }
  if (!reader.ok() || !well_formed) return Malformed("PutRecordsRequest");
  return parsed;
}

absl::StatusOr<GetRecordsRequest> ParseGetRecords(std::string_view message) {
  GetRecordsRequest parsed;
  ProtoWireReader reader(message);
  while (reader.Next()) {
    if (reader.is_bytes() && reader.field() == get_records::kShardIterator)
      parsed.shard_iterator = reader.bytes();
    if (reader.is_varint() && reader.field() == get_records::kLimit)
      parsed.limit = Saturated(reader.varint());
    if (reader.is_varint() && reader.field() == get_records::kMaxWaitMs)
      parsed.max_wait_ms = Saturated(reader.varint());
    if (reader.is_varint() && reader.field() == get_records::kDryRun)
      parsed.dry_run = reader.varint() != 0;
  }
  if (!reader.ok()) return Malformed("GetRecordsRequest");
  return parsed;
}

std::string EncodePutRecord(const PutResult& result) {
  std::string message;
  AppendStored(result, &message);
  AppendVarintField(put_record::kEncryptionType, Number(result.encryption_type), &message);
  return message;
}

std::string EncodePutRecords(const std::vector<PutResult>& results) {
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const PutResult& result) { return !result.status.ok(); });
  std::string message;
  message.reserve(results.size() * 40);
  AppendVarintField(put_records::kFailedRecordCount, static_cast<uint64_t>(failed), &message);
  std::string entry;
  for (const PutResult& result : results) {
    entry.clear();
    result.status.ok() ? AppendStored(result, &entry) : AppendFailed(result, &entry);
    AppendLengthPrefix(put_records::kResultRecords, entry.size(), &message);
    message += entry;
  }
  // Of those that were stored; a stream has one at a time.
  const auto stored = std::find_if(results.begin(), results.end(),
                                   [](const PutResult& result) { return result.status.ok(); });
  if (stored != results.end()) {
    AppendVarintField(put_records::kEncryptionType, Number(stored->encryption_type), &message);
  }
  return message;
}

std::string EncodeGetRecords(const GetRecordsResult& result) {
  std::string message;
  message.reserve(RecordsBytes(result.collected.records) + kAnswerBytes +
                  result.next_shard_iterator.size());
  for (const ReadRecord& read : result.collected.records) AppendRecord(read, &message);
  AppendBytesField(get_records::kNextShardIterator, result.next_shard_iterator, &message);
  AppendPlace(result.millis_behind_latest, result.records_behind_latest, result.child_shards,
              &message);
  return message;
}

std::string EncodeSubscriptionEvent(const SubscriptionEvent& event) {
  std::string message;
  message.reserve(RecordsBytes(event.collected.records) + kAnswerBytes);
  for (const ReadRecord& read : event.collected.records) AppendRecord(read, &message);
  // Never 0, which would be left out: it is the number of a record, or one before a shard's first.
  if (event.continuation_sequence_number.has_value()) {
    AppendVarintField(subscription_event::kContinuationSequenceNumber,
                      event.continuation_sequence_number->value(), &message);
  }
  AppendPlace(event.millis_behind_latest, event.records_behind_latest, event.child_shards,
              &message);
  return message;
}

}  // namespace penstock::broker
