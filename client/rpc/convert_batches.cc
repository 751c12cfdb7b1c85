#include "client/rpc/convert_batches.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/rpc/error_details.h"
#include "common/proto_wire.h"

namespace penstock::rpc {
namespace {

using Request = v1::PutBatchesRequest;

constexpr uint32_t kVarint = 0;
constexpr uint32_t kFixed64 = 1;

uint64_t TagOf(int field, uint32_t wire_type) {
  return (static_cast<uint64_t>(field) << 3) | wire_type;
}

absl::Status BadMap(std::string_view what) {
  return absl::InternalError(
      absl::StrCat("the broker's shard map is not sound: ", std::string(what)));
}

}  // namespace

absl::StatusOr<producer::ShardMapPtr> FromShardMap(const v1::ShardMap& map) {
  auto result = std::make_shared<producer::ShardMap>();
  result->stream = StreamId(map.stream_id());
  result->version = map.version();
  result->record_bytes_max = size_t{map.max_record_size_in_kib()} * 1024;
  result->write_records_per_second = map.write_records_per_second();
  result->write_bytes_per_second = map.write_bytes_per_second();
  if (map.shards().empty()) return BadMap("it has no shards");
  result->shards.reserve(static_cast<size_t>(map.shards_size()));
  Uint128 next = 0;
  for (const v1::OpenShard& shard : map.shards()) {
    producer::MappedShard mapped;
    const auto index = ParseShardId(shard.shard_id());
    const auto first = HashKey::FromDecimal(shard.hash_key_range().starting_hash_key());
    const auto last = HashKey::FromDecimal(shard.hash_key_range().ending_hash_key());
    // Not the caller's fault, as their own errors would say.
    if (!index.ok() || !first.ok() || !last.ok())
      return BadMap(absl::StrCat("shard '", shard.shard_id(), "' is not well-formed"));
    mapped = {*index, {*first, *last}};
    if (mapped.hash_keys.first.value() != next || mapped.hash_keys.last < mapped.hash_keys.first)
      return BadMap(absl::StrCat("a gap or an overlap at ", shard.shard_id()));
    next = mapped.hash_keys.last.value() + 1;
    result->shards.push_back(mapped);
  }
  if (next != 0) return BadMap("it does not reach the last hash key");
  return producer::ShardMapPtr(std::move(result));
}

producer::BatchAnswer FromPutBatchesResponse(const v1::PutBatchesResponse& response) {
  producer::BatchAnswer answer;
  answer.call_id = response.call_id();
  if (response.error_code().empty()) {
    answer.first_sequence_number = SequenceNumber(response.first_sequence_number());
    answer.duplicate = response.duplicate();
    return answer;
  }
  answer.status = ToStatus({.reason = response.error_code(),
                            .message = response.error_message(),
                            .outcome_unknown = response.outcome_unknown(),
                            .retry_after_ms = response.retry_after_ms()});
  if (response.has_shard_map()) {
    // One that is not sound is asked for again.
    absl::StatusOr<producer::ShardMapPtr> map = FromShardMap(response.shard_map());
    if (map.ok()) answer.shard_map = *std::move(map);
  }
  return answer;
}

std::string EncodePutBatchesPrefix(const producer::BatchToSend& batch) {
  std::string message;
  AppendVarintField(Request::kCallIdFieldNumber, batch.call_id, &message);
  AppendVarint(TagOf(Request::kStreamIdFieldNumber, kFixed64), &message);
  for (int shift = 0; shift < 64; shift += 8)
    message.push_back(static_cast<char>(batch.shard.stream.value() >> shift));
  AppendBytesField(Request::kShardIdFieldNumber, FormatShardId(batch.shard.shard), &message);
  if (batch.previous_producer_sequence.has_value()) {
    // Also where it is 0: that there is none before is said.
    AppendVarint(TagOf(Request::kPreviousProducerSequenceFieldNumber, kVarint), &message);
    AppendVarint(*batch.previous_producer_sequence, &message);
  }
  for (const HashKey& key : batch.sampled_hash_keys)
    AppendBytesField(Request::kSampledHashKeysFieldNumber, key.ToBytes(), &message);
  AppendLengthPrefix(Request::kBatchFieldNumber, batch.bytes->size(), &message);
  return message;
}

}  // namespace penstock::rpc
