#include "client/rpc/convert.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/error_status.h"
#include "common/hash_key.h"
#include "common/limits.h"
#include "common/record.h"

namespace penstock {

std::string_view StreamStateName(StreamState state) {
  switch (state) {
    case StreamState::kCreating:
      return "CREATING";
    case StreamState::kActive:
      return "ACTIVE";
    case StreamState::kUpdating:
      return "UPDATING";
    case StreamState::kDeleting:
      return "DELETING";
    case StreamState::kUnknown:
      break;
  }
  return "UNKNOWN";
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

StreamState FromStatus(v1::StreamStatus status) {
  switch (status) {
    case v1::STREAM_STATUS_CREATING:
      return StreamState::kCreating;
    case v1::STREAM_STATUS_ACTIVE:
      return StreamState::kActive;
    case v1::STREAM_STATUS_UPDATING:
      return StreamState::kUpdating;
    case v1::STREAM_STATUS_DELETING:
      return StreamState::kDeleting;
    default:
      return StreamState::kUnknown;
  }
}

ShardDescription FromShard(v1::Shard shard) {
  ShardDescription description;
  description.shard_id = std::move(*shard.mutable_shard_id());
  description.starting_hash_key =
      std::move(*shard.mutable_hash_key_range()->mutable_starting_hash_key());
  description.ending_hash_key =
      std::move(*shard.mutable_hash_key_range()->mutable_ending_hash_key());
  const v1::SequenceNumberRange& numbers = shard.sequence_number_range();
  description.starting_sequence_number = numbers.starting_sequence_number();
  if (numbers.has_ending_sequence_number())
    description.ending_sequence_number = numbers.ending_sequence_number();
  description.parent_shard_id = std::move(*shard.mutable_parent_shard_id());
  description.adjacent_parent_shard_id = std::move(*shard.mutable_adjacent_parent_shard_id());
  return description;
}

std::vector<ShardDescription> FromShards(google::protobuf::RepeatedPtrField<v1::Shard>* shards) {
  std::vector<ShardDescription> descriptions;
  descriptions.reserve(shards->size());
  for (v1::Shard& shard : *shards) descriptions.push_back(FromShard(std::move(shard)));
  return descriptions;
}

}  // namespace

absl::StatusOr<v1::PutRecordsRequest> ToRequest(std::string_view stream_name,
                                                std::vector<PutRecordsEntry> entries) {
  v1::PutRecordsRequest request;
  request.set_stream_name(std::string(stream_name));
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

absl::StatusOr<v1::PutRecordRequest> ToRequest(std::string_view stream_name,
                                               PutRecordsEntry entry) {
  if (const absl::Status status = ValidateEntry(entry); !status.ok()) {
    return InvalidArgumentError(std::string(status.message()));
  }
  v1::PutRecordRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_data(std::move(entry.data));
  request.set_partition_key(std::move(entry.partition_key));
  request.set_explicit_hash_key(std::move(entry.explicit_hash_key));
  return request;
}

v1::GetShardIteratorRequest ToRequest(std::string_view stream_name, std::string_view shard_id,
                                      const IteratorPosition& position) {
  using Kind = IteratorPosition::Kind;
  v1::GetShardIteratorRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_shard_id(std::string(shard_id));
  switch (position.kind()) {
    case Kind::kTrimHorizon:
      request.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
      break;
    case Kind::kLatest:
      request.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_LATEST);
      break;
    case Kind::kAtSequenceNumber:
      request.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_AT_SEQUENCE_NUMBER);
      request.set_starting_sequence_number(position.sequence_number());
      break;
    case Kind::kAfterSequenceNumber:
      request.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER);
      request.set_starting_sequence_number(position.sequence_number());
      break;
    case Kind::kAtTimestamp:
      request.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_AT_TIMESTAMP);
      request.set_timestamp_ms(absl::ToUnixMillis(position.timestamp()));
      break;
  }
  return request;
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
    if (!entry.ok()) ++result.failed_record_count;
  }
  return result;
}

GetRecordsResult FromResponse(v1::GetRecordsResponse response) {
  GetRecordsResult result;
  result.records.reserve(response.records_size());
  for (v1::Record& record : *response.mutable_records()) {
    ReceivedRecord& received = result.records.emplace_back();
    received.sequence_number = record.sequence_number();
    received.approximate_arrival_time =
        absl::FromUnixMillis(record.approximate_arrival_timestamp_ms());
    received.data = std::move(*record.mutable_data());
    received.partition_key = std::move(*record.mutable_partition_key());
    received.explicit_hash_key = std::move(*record.mutable_explicit_hash_key());
  }
  result.next_shard_iterator = std::move(*response.mutable_next_shard_iterator());
  result.behind_latest = absl::Milliseconds(response.millis_behind_latest());
  result.records_behind_latest = response.records_behind_latest();
  return result;
}

StreamListPage FromResponse(v1::ListStreamsResponse response) {
  StreamListPage page;
  for (v1::StreamSummary& summary : *response.mutable_stream_summaries()) {
    page.streams.push_back({std::move(*summary.mutable_stream_name()),
                            FromStatus(summary.stream_status()),
                            absl::FromUnixMillis(summary.stream_creation_timestamp_ms())});
  }
  page.has_more = response.has_more_streams();
  return page;
}

StreamDescription FromSummary(v1::StreamDescriptionSummary summary) {
  StreamDescription description;
  description.stream_name = std::move(*summary.mutable_stream_name());
  description.state = FromStatus(summary.stream_status());
  description.creation_time = absl::FromUnixMillis(summary.stream_creation_timestamp_ms());
  description.retention_hours = summary.retention_period_hours();
  description.open_shard_count = summary.open_shard_count();
  description.record_kib_max = summary.max_record_size_in_kib();
  description.stream_id = summary.stream_id();
  return description;
}

StreamPage FromResponse(v1::DescribeStreamResponse response) {
  StreamPage page;
  page.stream = FromSummary(std::move(*response.mutable_summary()));
  page.shards = FromShards(response.mutable_shards());
  page.has_more_shards = response.has_more_shards();
  return page;
}

ShardListPage FromResponse(v1::ListShardsResponse response) {
  ShardListPage page;
  page.shards = FromShards(response.mutable_shards());
  page.next_token = std::move(*response.mutable_next_token());
  return page;
}

}  // namespace rpc
}  // namespace penstock
