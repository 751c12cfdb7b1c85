#include "client/rpc/convert_records.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/error_status.h"
#include "common/hash_key.h"
#include "common/limits.h"
#include "common/record.h"

namespace penstock {

std::string_view EncryptionTypeName(EncryptionType type) {
  return type == EncryptionType::kKms ? "KMS" : "NONE";
}

namespace rpc {
namespace {

absl::Status ValidateEntry(const PutRecordsEntry& entry) {
  // The stream's own limit is the broker's to know.
  absl::Status status =
      ValidateRecord({entry.data, entry.partition_key, entry.explicit_hash_key}, kRecordBytesMax);
  if (!status.ok() || entry.explicit_hash_key.empty()) return status;
  return HashKey::FromDecimal(entry.explicit_hash_key).status();
}

void SetStamp(const PutStamp& stamp, v1::ProducerStamp* message) {
  message->set_producer_id(stamp.producer_id);
  message->set_producer_epoch(stamp.producer_epoch);
  message->set_producer_sequence(stamp.producer_sequence);
  if (stamp.previous_producer_sequence.has_value())
    message->set_previous_producer_sequence(*stamp.previous_producer_sequence);
}

// The fields that say where to begin have the same names in both requests but for the type.
template <typename Request>
void SetPosition(const IteratorPosition& position, Request* request,
                 void (Request::*set_type)(v1::ShardIteratorType)) {
  using Kind = IteratorPosition::Kind;
  switch (position.kind()) {
    case Kind::kTrimHorizon:
      (request->*set_type)(v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
      break;
    case Kind::kLatest:
      (request->*set_type)(v1::SHARD_ITERATOR_TYPE_LATEST);
      break;
    case Kind::kAtSequenceNumber:
      (request->*set_type)(v1::SHARD_ITERATOR_TYPE_AT_SEQUENCE_NUMBER);
      request->set_starting_sequence_number(position.sequence_number());
      break;
    case Kind::kAfterSequenceNumber:
      (request->*set_type)(v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER);
      request->set_starting_sequence_number(position.sequence_number());
      break;
    case Kind::kAtTimestamp:
      (request->*set_type)(v1::SHARD_ITERATOR_TYPE_AT_TIMESTAMP);
      request->set_timestamp_ms(absl::ToUnixMillis(position.timestamp()));
      break;
  }
}

std::vector<ReceivedRecord> FromRecords(google::protobuf::RepeatedPtrField<v1::Record>* records) {
  std::vector<ReceivedRecord> values;
  values.reserve(records->size());
  for (v1::Record& record : *records) {
    ReceivedRecord& received = values.emplace_back();
    received.sequence_number = record.sequence_number();
    received.approximate_arrival_time =
        absl::FromUnixMillis(record.approximate_arrival_timestamp_ms());
    received.data = std::move(*record.mutable_data());
    received.partition_key = std::move(*record.mutable_partition_key());
    received.explicit_hash_key = std::move(*record.mutable_explicit_hash_key());
    received.encryption_type = FromEncryption(record.encryption_type());
  }
  return values;
}

std::vector<ChildShard> FromChildren(google::protobuf::RepeatedPtrField<v1::ChildShard>* shards) {
  std::vector<ChildShard> children;
  children.reserve(shards->size());
  for (v1::ChildShard& shard : *shards) {
    ChildShard& child = children.emplace_back();
    child.shard_id = std::move(*shard.mutable_shard_id());
    for (std::string& parent : *shard.mutable_parent_shards())
      child.parent_shards.push_back(std::move(parent));
    v1::HashKeyRange& range = *shard.mutable_hash_key_range();
    child.starting_hash_key = std::move(*range.mutable_starting_hash_key());
    child.ending_hash_key = std::move(*range.mutable_ending_hash_key());
  }
  return children;
}

}  // namespace

absl::StatusOr<v1::PutRecordsRequest> ToRequest(std::string_view stream_name,
                                                std::vector<PutRecordsEntry> entries,
                                                const PutRecordsOptions& options) {
  v1::PutRecordsRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_dry_run(options.dry_run);
  if (options.stamp.has_value()) SetStamp(*options.stamp, request.mutable_producer());
  for (PutRecordsEntry& entry : entries) {
    if (const absl::Status status = ValidateEntry(entry); !status.ok()) {
      return InvalidArgumentError(
          absl::StrCat("records[", request.records_size(), "]: ", status.message()));
    }
    v1::PutRecordsRequestEntry* const record = request.add_records();
    record->set_data(std::move(entry.data));
    record->set_partition_key(std::move(entry.partition_key));
    record->set_explicit_hash_key(std::move(entry.explicit_hash_key));
  }
  return request;
}

absl::StatusOr<v1::PutRecordRequest> ToRequest(std::string_view stream_name, PutRecordsEntry entry,
                                               const PutRecordOptions& options) {
  if (const absl::Status status = ValidateEntry(entry); !status.ok()) {
    return InvalidArgumentError(std::string(status.message()));
  }
  v1::PutRecordRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_data(std::move(entry.data));
  request.set_partition_key(std::move(entry.partition_key));
  request.set_explicit_hash_key(std::move(entry.explicit_hash_key));
  if (options.sequence_number_for_ordering.has_value())
    request.set_sequence_number_for_ordering(*options.sequence_number_for_ordering);
  if (options.expected_next_sequence_number.has_value())
    request.set_expected_next_sequence_number(*options.expected_next_sequence_number);
  if (options.stamp.has_value()) SetStamp(*options.stamp, request.mutable_producer());
  request.set_dry_run(options.dry_run);
  return request;
}

v1::GetShardIteratorRequest ToRequest(std::string_view stream_name, std::string_view shard_id,
                                      const IteratorPosition& position,
                                      const GetShardIteratorOptions& options) {
  v1::GetShardIteratorRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_shard_id(std::string(shard_id));
  SetPosition(position, &request, &v1::GetShardIteratorRequest::set_shard_iterator_type);
  request.set_dry_run(options.dry_run);
  return request;
}

v1::SubscribeToShardRequest ToRequest(const SubscribeToShardOptions& options) {
  v1::SubscribeToShardRequest request;
  request.set_stream_name(options.stream_name);
  request.set_consumer_name(options.consumer_name);
  request.set_shard_id(options.shard_id);
  SetPosition(options.starting_position, &request,
              &v1::SubscribeToShardRequest::set_starting_position);
  request.set_dry_run(options.dry_run);
  return request;
}

PutRecordResult FromResponse(v1::PutRecordResponse response) {
  return {std::move(*response.mutable_shard_id()), response.sequence_number(),
          FromEncryption(response.encryption_type())};
}

absl::StatusOr<PutRecordsResult> FromResponse(v1::PutRecordsResponse response, int entry_count) {
  if (response.records_size() != entry_count) {
    const grpc::Status error(grpc::StatusCode::INTERNAL,
                             absl::StrCat("the broker answered with ", response.records_size(),
                                          " results for ", entry_count, " records"));
    return ToAbslStatus(error, CallKind::kMutation, "PutRecords");
  }
  PutRecordsResult result;
  result.records.reserve(entry_count);
  for (v1::PutRecordsResultEntry& record : *response.mutable_records()) {
    PutRecordsResultEntry& entry = result.records.emplace_back();
    entry.shard_id = std::move(*record.mutable_shard_id());
    entry.sequence_number = record.sequence_number();
    entry.error_code = std::move(*record.mutable_error_code());
    entry.error_message = std::move(*record.mutable_error_message());
    entry.outcome_unknown = !entry.ok() && record.outcome_unknown();
    if (!entry.ok() && record.retry_after_ms() > 0) {
      // More than a day is no time that anybody waits for, and would overflow.
      entry.retry_delay = absl::Milliseconds(
          static_cast<int64_t>(std::min<uint64_t>(record.retry_after_ms(), 86'400'000)));
    }
    if (!entry.ok()) ++result.failed_record_count;
  }
  result.encryption_type = FromEncryption(response.encryption_type());
  return result;
}

GetRecordsResult FromResponse(v1::GetRecordsResponse response) {
  GetRecordsResult result;
  result.records = FromRecords(response.mutable_records());
  result.next_shard_iterator = std::move(*response.mutable_next_shard_iterator());
  result.behind_latest = absl::Milliseconds(response.millis_behind_latest());
  result.records_behind_latest = response.records_behind_latest();
  result.child_shards = FromChildren(response.mutable_child_shards());
  return result;
}

SubscriptionEvent FromEvent(v1::SubscribeToShardEvent event) {
  SubscriptionEvent value;
  value.records = FromRecords(event.mutable_records());
  if (event.has_continuation_sequence_number())
    value.continuation_sequence_number = event.continuation_sequence_number();
  value.behind_latest = absl::Milliseconds(event.millis_behind_latest());
  value.records_behind_latest = event.records_behind_latest();
  value.child_shards = FromChildren(event.mutable_child_shards());
  return value;
}

EncryptionType FromEncryption(v1::EncryptionType type) {
  return type == v1::ENCRYPTION_TYPE_KMS ? EncryptionType::kKms : EncryptionType::kNone;
}

}  // namespace rpc
}  // namespace penstock
