#include "broker/grpc/streams_wire.h"

namespace penstock::broker {
namespace {

constexpr uint32_t kMinutesPerHour = 60;

static_assert(static_cast<int>(StreamStatus::kCreating) == v1::STREAM_STATUS_CREATING);
static_assert(static_cast<int>(StreamStatus::kActive) == v1::STREAM_STATUS_ACTIVE);
static_assert(static_cast<int>(StreamStatus::kUpdating) == v1::STREAM_STATUS_UPDATING);
static_assert(static_cast<int>(StreamStatus::kDeleting) == v1::STREAM_STATUS_DELETING);
static_assert(static_cast<int>(StreamMode::kProvisioned) == v1::STREAM_MODE_PROVISIONED);
static_assert(static_cast<int>(StreamMode::kOnDemand) == v1::STREAM_MODE_ON_DEMAND);
static_assert(static_cast<int>(StreamLimits::Profile::kUnlimited) == v1::LIMITS_PROFILE_UNLIMITED);
static_assert(static_cast<int>(StreamLimits::Profile::kKinesis) == v1::LIMITS_PROFILE_KINESIS);
static_assert(static_cast<int>(StreamLimits::Profile::kCustom) == v1::LIMITS_PROFILE_CUSTOM);
static_assert(static_cast<int>(EncryptionType::kNone) == v1::ENCRYPTION_TYPE_NONE);
static_assert(static_cast<int>(EncryptionType::kKms) == v1::ENCRYPTION_TYPE_KMS);
static_assert(static_cast<int>(ShardLevelMetric::kIncomingBytes) ==
              v1::SHARD_LEVEL_METRIC_INCOMING_BYTES);
static_assert(static_cast<int>(ShardLevelMetric::kIncomingRecords) ==
              v1::SHARD_LEVEL_METRIC_INCOMING_RECORDS);
static_assert(static_cast<int>(ShardLevelMetric::kOutgoingBytes) ==
              v1::SHARD_LEVEL_METRIC_OUTGOING_BYTES);
static_assert(static_cast<int>(ShardLevelMetric::kOutgoingRecords) ==
              v1::SHARD_LEVEL_METRIC_OUTGOING_RECORDS);
static_assert(static_cast<int>(ShardLevelMetric::kWriteThroughputExceeded) ==
              v1::SHARD_LEVEL_METRIC_WRITE_PROVISIONED_THROUGHPUT_EXCEEDED);
static_assert(static_cast<int>(ShardLevelMetric::kReadThroughputExceeded) ==
              v1::SHARD_LEVEL_METRIC_READ_PROVISIONED_THROUGHPUT_EXCEEDED);
static_assert(static_cast<int>(ShardLevelMetric::kIteratorAge) ==
              v1::SHARD_LEVEL_METRIC_ITERATOR_AGE_MILLISECONDS);

void ToProto(const StreamLimits& limits, v1::StreamLimits* out) {
  out->set_profile(static_cast<v1::LimitsProfile>(limits.profile));
  out->set_write_records_per_second(limits.write_records_per_second);
  out->set_write_bytes_per_second(limits.write_bytes_per_second);
  out->set_write_burst_bytes(limits.write_burst_bytes);
  out->set_read_bytes_per_second(limits.read_bytes_per_second);
  out->set_read_calls_per_second(limits.read_calls_per_second);
}

void ToProto(const HotShardReport& report, v1::HotShard* out) {
  out->set_shard_id(FormatShardId(report.shard));
  out->set_hash_key(report.hash_key.ToDecimal());
  out->set_share(report.share);
  out->set_bytes_per_second(report.bytes_per_second);
}

}  // namespace

CreateStreamSpec FromProto(const v1::CreateStreamRequest& request) {
  CreateStreamSpec spec;
  spec.name = request.stream_name();
  spec.shard_count = request.shard_count();
  spec.max_record_size_in_kib = request.max_record_size_in_kib();
  spec.retention_period_hours = request.retention_period_hours();
  spec.retention_period_minutes = request.retention_period_minutes();
  spec.mode = static_cast<StreamMode>(request.stream_mode());
  spec.warm_throughput_mibps = request.warm_throughput_mibps();
  if (request.has_limits()) spec.limits = FromProto(request.limits());
  spec.tags = FromProto(request.tags());
  return spec;
}

StreamLimits FromProto(const v1::StreamLimits& limits) {
  return {static_cast<StreamLimits::Profile>(limits.profile()),
          limits.write_records_per_second(),
          limits.write_bytes_per_second(),
          limits.write_burst_bytes(),
          limits.read_bytes_per_second(),
          limits.read_calls_per_second()};
}

ShardFilterSpec FromProto(const v1::ShardFilter& filter) {
  static_assert(static_cast<int>(ShardFilterType::kFromTimestamp) ==
                v1::SHARD_FILTER_TYPE_FROM_TIMESTAMP);
  ShardFilterSpec spec;
  spec.type = static_cast<ShardFilterType>(filter.type());
  spec.shard_id = filter.shard_id();
  if (filter.has_timestamp_ms()) spec.timestamp_ms = filter.timestamp_ms();
  return spec;
}

std::vector<Tag> FromProto(const google::protobuf::RepeatedPtrField<v1::Tag>& tags) {
  std::vector<Tag> out;
  out.reserve(static_cast<size_t>(tags.size()));
  for (const v1::Tag& tag : tags) out.push_back({tag.key(), tag.value()});
  return out;
}

std::vector<std::string> FromProto(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::vector<ShardLevelMetric> MetricsFromProto(
    const google::protobuf::RepeatedField<int>& metrics) {
  std::vector<ShardLevelMetric> out;
  out.reserve(static_cast<size_t>(metrics.size()));
  for (const int metric : metrics) out.push_back(static_cast<ShardLevelMetric>(metric));
  return out;
}

v1::StreamStatus ToProto(StreamStatus status) {
  return static_cast<v1::StreamStatus>(status);
}

v1::StreamMode ToProto(StreamMode mode) {
  return static_cast<v1::StreamMode>(mode);
}

void ToProto(const StreamSnapshot& stream, const std::vector<HotShardReport>& hot_shards,
             v1::StreamDescriptionSummary* out) {
  const StreamConfig& config = stream.config();
  out->set_stream_name(config.name);
  out->set_stream_status(ToProto(config.status));
  out->set_stream_creation_timestamp_ms(config.creation_timestamp_ms);
  out->set_retention_period_hours((config.retention_period_minutes + kMinutesPerHour - 1) /
                                  kMinutesPerHour);
  out->set_retention_period_minutes(config.retention_period_minutes);
  out->set_open_shard_count(static_cast<uint32_t>(stream.open_shard_count()));
  out->set_closed_shard_count(
      static_cast<uint32_t>(stream.shards().size() - stream.open_shard_count()));
  out->set_max_record_size_in_kib(config.max_record_size_in_kib);
  out->set_stream_id(config.id.value());
  out->set_stream_mode(ToProto(config.mode));
  if (config.mode == StreamMode::kOnDemand) ToProto(stream, out->mutable_warm_throughput());
  ToProto(config.limits, out->mutable_limits());
  out->set_encryption_type(static_cast<v1::EncryptionType>(config.encryption.type));
  if (config.encryption.type == EncryptionType::kKms) out->set_key_id(config.encryption.key_id);
  out->set_consumer_count(static_cast<uint32_t>(config.consumers.size()));
  ToProto(config.shard_level_metrics, out->mutable_shard_level_metrics());
  for (const HotShardReport& report : hot_shards) ToProto(report, out->add_hot_shards());
}

void ToProto(const StreamConfig& config, v1::StreamSummary* out) {
  out->set_stream_name(config.name);
  out->set_stream_status(ToProto(config.status));
  out->set_stream_creation_timestamp_ms(config.creation_timestamp_ms);
  out->set_stream_mode(ToProto(config.mode));
}

void ToProto(const ShardInfo& shard, v1::Shard* out) {
  out->set_shard_id(FormatShardId(shard.index));
  out->mutable_hash_key_range()->set_starting_hash_key(shard.hash_keys.first.ToDecimal());
  out->mutable_hash_key_range()->set_ending_hash_key(shard.hash_keys.last.ToDecimal());
  v1::SequenceNumberRange* const range = out->mutable_sequence_number_range();
  range->set_starting_sequence_number(shard.starting_sequence_number.value());
  if (shard.ending_sequence_number) {
    range->set_ending_sequence_number(shard.ending_sequence_number->value());
  }
  if (!shard.parents.empty()) out->set_parent_shard_id(FormatShardId(shard.parents[0]));
  if (shard.parents.size() > 1) {
    out->set_adjacent_parent_shard_id(FormatShardId(shard.parents[1]));
  }
  out->set_creation_timestamp_ms(shard.creation_timestamp_ms);
  if (shard.closed_timestamp_ms) out->set_closed_timestamp_ms(*shard.closed_timestamp_ms);
}

void ToProto(const StreamSnapshot& stream, v1::WarmThroughput* out) {
  out->set_target_mibps(stream.config().warm_throughput_mibps);
  out->set_current_mibps(static_cast<uint32_t>(stream.open_shard_count()));
}

void ToProto(const ConsumerInfo& consumer, const std::string& stream_name, v1::Consumer* out) {
  out->set_consumer_name(consumer.name);
  out->set_consumer_status(v1::CONSUMER_STATUS_ACTIVE);
  out->set_consumer_creation_timestamp_ms(consumer.creation_timestamp_ms);
  out->set_stream_name(stream_name);
}

void ToProto(const Tag& tag, v1::Tag* out) {
  out->set_key(tag.key);
  out->set_value(tag.value);
}

void ToProto(const std::vector<ShardLevelMetric>& metrics,
             google::protobuf::RepeatedField<int>* out) {
  for (const ShardLevelMetric metric : metrics) out->Add(static_cast<int>(metric));
}

}  // namespace penstock::broker
