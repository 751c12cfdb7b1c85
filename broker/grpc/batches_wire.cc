#include "broker/grpc/batches_wire.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "common/error.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedInputStream;

using Request = v1::PutBatchesRequest;

constexpr uint32_t VarintTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_VARINT);
}
constexpr uint32_t Fixed64Tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_FIXED64);
}
constexpr uint32_t BytesTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

// The fields as they came.
struct Fields {
  uint64_t call_id = 0;
  std::string shard_id;
  // One more than a batch may have is enough to refuse it.
  std::vector<std::string> sampled_hash_keys;
  PutBatchRequest request;
};

// Copies the bytes once. A length beyond the message's end is an error before anything is reserved
// for it: the stream knows its limit.
bool ReadBytes(CodedInputStream& input, std::string* bytes) {
  uint32_t size = 0;
  return input.ReadVarint32(&size) && input.ReadString(bytes, static_cast<int>(size));
}

bool ReadField(CodedInputStream& input, uint32_t tag, Fields* fields) {
  switch (tag) {
    case VarintTag(Request::kCallIdFieldNumber):
      return input.ReadVarint64(&fields->call_id);
    case Fixed64Tag(Request::kStreamIdFieldNumber): {
      uint64_t id = 0;
      const bool read = input.ReadLittleEndian64(&id);
      fields->request.stream = StreamId(id);
      return read;
    }
    case BytesTag(Request::kShardIdFieldNumber):
      return ReadBytes(input, &fields->shard_id);
    case VarintTag(Request::kPreviousProducerSequenceFieldNumber):
      return input.ReadVarint64(&fields->request.previous_producer_sequence.emplace());
    case BytesTag(Request::kSampledHashKeysFieldNumber): {
      std::string key;
      if (!ReadBytes(input, &key)) return false;
      if (fields->sampled_hash_keys.size() <= kSampledHashKeysMax)
        fields->sampled_hash_keys.push_back(std::move(key));
      return true;
    }
    case BytesTag(Request::kBatchFieldNumber):
      return ReadBytes(input, &fields->request.batch);
    default:
      return WireFormatLite::SkipField(&input, tag);
  }
}

absl::StatusOr<PutBatchRequest> Check(Fields fields) {
  ASSIGN_OR_RETURN(fields.request.shard, ParseShardId(fields.shard_id));
  if (fields.sampled_hash_keys.size() > kSampledHashKeysMax) {
    return MakeError(ErrorReason::kInvalidArgument,
                     absl::StrCat("sampled_hash_keys has more than ", kSampledHashKeysMax));
  }
  for (const std::string& key : fields.sampled_hash_keys) {
    if (key.size() != HashKey::kBytes) {
      return MakeError(ErrorReason::kInvalidArgument,
                       absl::StrCat("sampled_hash_keys has one of ", key.size(), " bytes, not ",
                                    HashKey::kBytes));
    }
    fields.request.sampled_hash_keys.push_back(HashKey::FromBytes(key));
  }
  return std::move(fields.request);
}

}  // namespace

absl::StatusOr<PutBatchesMessage> ParsePutBatches(const ::grpc::ByteBuffer& message) {
  // The reader wants a buffer that is not const; a copy of it shares the bytes.
  ::grpc::ByteBuffer buffer(message);
  ::grpc::ProtoBufferReader slices(&buffer);
  if (!slices.status().ok())
    return MakeError(ErrorReason::kInternalFailure, "the request's bytes cannot be read");
  Fields fields;
  CodedInputStream input(&slices);
  input.PushLimit(static_cast<int>(message.Length()));
  bool well_formed = true;
  while (const uint32_t tag = input.ReadTag()) {
    well_formed = ReadField(input, tag, &fields);
    if (!well_formed) break;
  }
  if (!well_formed || !input.ConsumedEntireMessage()) {
    return MakeError(ErrorReason::kInvalidArgument,
                     "request is not a well-formed penstock.v1.PutBatchesRequest");
  }
  PutBatchesMessage parsed{fields.call_id, absl::UnknownError("")};
  parsed.request = Check(std::move(fields));
  return parsed;
}

std::string EncodePutBatches(uint64_t call_id, const PutBatchResult& result) {
  static_assert(static_cast<int>(EncryptionType::kNone) == v1::ENCRYPTION_TYPE_NONE);
  static_assert(static_cast<int>(EncryptionType::kKms) == v1::ENCRYPTION_TYPE_KMS);
  v1::PutBatchesResponse response;
  response.set_call_id(call_id);
  if (result.status.ok()) {
    response.set_first_sequence_number(result.stored.first_sequence_number.value());
    response.set_append_time_ms(result.stored.append_time_ms);
    response.set_duplicate(result.stored.duplicate);
    response.set_encryption_type(static_cast<v1::EncryptionType>(result.encryption_type));
    return response.SerializeAsString();
  }
  const ErrorTraits& traits = TraitsOf(ReasonOf(result.status));
  response.set_error_code(std::string(traits.name));
  response.set_error_message(std::string(result.status.message()));
  response.set_outcome_unknown(traits.outcome == Outcome::kUnknown);
  response.set_retry_after_ms(static_cast<uint64_t>(RetryAfterOf(result.status).value_or(0)));
  if (result.stream != nullptr) *response.mutable_shard_map() = ToShardMap(*result.stream);
  return response.SerializeAsString();
}

v1::ShardMap ToShardMap(const StreamSnapshot& stream) {
  const StreamConfig& config = stream.config();
  v1::ShardMap map;
  map.set_stream_id(config.id.value());
  // Each shard that a reshard opens has a new index.
  map.set_version(config.next_shard_index.value());
  // The open shards have all hash keys: each begins behind the one before.
  for (HashKey next;; next = HashKey(next.value() + 1)) {
    const ShardInfo& shard = stream.Route(next);
    v1::OpenShard& open = *map.add_shards();
    open.set_shard_id(FormatShardId(shard.index));
    open.mutable_hash_key_range()->set_starting_hash_key(shard.hash_keys.first.ToDecimal());
    open.mutable_hash_key_range()->set_ending_hash_key(shard.hash_keys.last.ToDecimal());
    next = shard.hash_keys.last;
    if (next == HashKey::Max()) break;
  }
  map.set_max_record_size_in_kib(config.max_record_size_in_kib);
  map.set_write_records_per_second(config.limits.write_records_per_second);
  map.set_write_bytes_per_second(config.limits.write_bytes_per_second);
  return map;
}

}  // namespace penstock::broker
