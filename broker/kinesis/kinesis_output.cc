#include "broker/kinesis/kinesis_output.h"

#include <array>
#include <string>
#include <utility>

#include "broker/kinesis/sequence_text.h"
#include "broker/stream/stream_changes.h"

namespace penstock::broker {
namespace {

constexpr uint32_t kMinutesPerHour = 60;

template <typename Enum, size_t kSize>
using Names = std::array<std::pair<std::string_view, Enum>, kSize>;

constexpr Names<StreamMode, 2> kStreamModes = {
    {{"PROVISIONED", StreamMode::kProvisioned}, {"ON_DEMAND", StreamMode::kOnDemand}}};

constexpr Names<ShardFilterType, 6> kShardFilterTypes = {
    {{"AFTER_SHARD_ID", ShardFilterType::kAfterShardId},
     {"AT_TRIM_HORIZON", ShardFilterType::kAtTrimHorizon},
     {"FROM_TRIM_HORIZON", ShardFilterType::kFromTrimHorizon},
     {"AT_LATEST", ShardFilterType::kAtLatest},
     {"AT_TIMESTAMP", ShardFilterType::kAtTimestamp},
     {"FROM_TIMESTAMP", ShardFilterType::kFromTimestamp}}};

constexpr Names<ShardIteratorType, 5> kShardIteratorTypes = {
    {{"AT_SEQUENCE_NUMBER", ShardIteratorType::kAtSequenceNumber},
     {"AFTER_SEQUENCE_NUMBER", ShardIteratorType::kAfterSequenceNumber},
     {"TRIM_HORIZON", ShardIteratorType::kTrimHorizon},
     {"LATEST", ShardIteratorType::kLatest},
     {"AT_TIMESTAMP", ShardIteratorType::kAtTimestamp}}};

constexpr Names<ShardLevelMetric, 8> kShardLevelMetrics = {
    {{"IncomingBytes", ShardLevelMetric::kIncomingBytes},
     {"IncomingRecords", ShardLevelMetric::kIncomingRecords},
     {"OutgoingBytes", ShardLevelMetric::kOutgoingBytes},
     {"OutgoingRecords", ShardLevelMetric::kOutgoingRecords},
     {"WriteProvisionedThroughputExceeded", ShardLevelMetric::kWriteThroughputExceeded},
     {"ReadProvisionedThroughputExceeded", ShardLevelMetric::kReadThroughputExceeded},
     {"IteratorAgeMilliseconds", ShardLevelMetric::kIteratorAge},
     {"ALL", kAllShardLevelMetrics}}};

template <typename Enum, size_t kSize>
std::optional<Enum> ValueOfName(const Names<Enum, kSize>& names, std::string_view name) {
  for (const auto& [text, value] : names) {
    if (text == name) return value;
  }
  return std::nullopt;
}

void WriteShardIds(std::string_view member, const std::vector<ShardIndex>& shards,
                   OutputWriter& out) {
  out.Key(member);
  out.BeginList();
  for (const ShardIndex shard : shards) out.Text(FormatShardId(shard));
  out.EndList();
}

}  // namespace

std::string_view EncryptionTypeName(EncryptionType type) {
  return type == EncryptionType::kKms ? "KMS" : "NONE";
}

std::optional<StreamMode> StreamModeOf(std::string_view name) {
  return ValueOfName(kStreamModes, name);
}

std::optional<ShardFilterType> ShardFilterTypeOf(std::string_view name) {
  return ValueOfName(kShardFilterTypes, name);
}

std::optional<ShardIteratorType> ShardIteratorTypeOf(std::string_view name) {
  return ValueOfName(kShardIteratorTypes, name);
}

std::optional<ShardLevelMetric> ShardLevelMetricOf(std::string_view name) {
  return ValueOfName(kShardLevelMetrics, name);
}

std::string_view ShardLevelMetricName(ShardLevelMetric metric) {
  for (const auto& [text, value] : kShardLevelMetrics) {
    if (value == metric) return text;
  }
  return "";
}

void WriteHashKeyRange(const HashKeyRange& range, OutputWriter& out) {
  out.Key("HashKeyRange");
  out.BeginStructure();
  out.TextMember("StartingHashKey", range.first.ToDecimal());
  out.TextMember("EndingHashKey", range.last.ToDecimal());
  out.EndStructure();
}

void WriteShard(const StreamSnapshot& stream, const ShardInfo& shard, OutputWriter& out) {
  const ShardKey key = stream.KeyOf(shard);
  out.BeginStructure();
  out.TextMember("ShardId", FormatShardId(shard.index));
  if (!shard.parents.empty()) out.TextMember("ParentShardId", FormatShardId(shard.parents[0]));
  if (shard.parents.size() > 1)
    out.TextMember("AdjacentParentShardId", FormatShardId(shard.parents[1]));
  WriteHashKeyRange(shard.hash_keys, out);
  out.Key("SequenceNumberRange");
  out.BeginStructure();
  // The number before the first record's: as on AWS no record has it, so that AT and AFTER both
  // begin at the first record. It lies above the parents' ending numbers by its shard.
  const SequenceNumber before_first(shard.starting_sequence_number.value() - 1);
  out.TextMember("StartingSequenceNumber", FormatSequenceNumber(key, before_first));
  if (shard.ending_sequence_number) {
    out.TextMember("EndingSequenceNumber",
                   FormatSequenceNumber(key, *shard.ending_sequence_number));
  }
  out.EndStructure();
  out.EndStructure();
}

void WriteChildShards(const std::vector<ChildShard>& children, OutputWriter& out) {
  out.Key("ChildShards");
  out.BeginList();
  for (const ChildShard& child : children) {
    out.BeginStructure();
    out.TextMember("ShardId", FormatShardId(child.shard));
    WriteShardIds("ParentShards", child.parents, out);
    WriteHashKeyRange(child.hash_keys, out);
    out.EndStructure();
  }
  out.EndList();
}

void WriteStreamDescription(const StreamSnapshot& stream, const ResourceNames& names,
                            OutputWriter& out) {
  const StreamConfig& config = stream.config();
  out.TextMember("StreamName", config.name);
  out.TextMember("StreamARN", names.StreamArn(config.name));
  out.TextMember("StreamStatus", StreamStatusName(config.status));
  WriteStreamMode(config.mode, out);
  // A native stream may keep less than an hour: the next whole one.
  out.IntegerMember("RetentionPeriodHours",
                    (config.retention_period_minutes + kMinutesPerHour - 1) / kMinutesPerHour);
  out.TimestampMember("StreamCreationTimestamp", config.creation_timestamp_ms);
  out.Key("EnhancedMonitoring");
  out.BeginList();
  out.BeginStructure();
  WriteMetrics("ShardLevelMetrics", config.shard_level_metrics, out);
  out.EndStructure();
  out.EndList();
  out.TextMember("EncryptionType", EncryptionTypeName(config.encryption.type));
  if (config.encryption.type == EncryptionType::kKms)
    out.TextMember("KeyId", config.encryption.key_id);
}

void WriteStreamMode(StreamMode mode, OutputWriter& out) {
  out.Key("StreamModeDetails");
  out.BeginStructure();
  out.TextMember("StreamMode", StreamModeName(mode));
  out.EndStructure();
}

void WriteWarmThroughput(const StreamSnapshot& stream, OutputWriter& out) {
  out.Key("WarmThroughput");
  out.BeginStructure();
  out.IntegerMember("TargetMiBps", stream.config().warm_throughput_mibps);
  out.IntegerMember("CurrentMiBps", static_cast<int64_t>(stream.open_shard_count()));
  out.EndStructure();
}

void WriteMetrics(std::string_view member, const std::vector<ShardLevelMetric>& metrics,
                  OutputWriter& out) {
  out.Key(member);
  out.BeginList();
  for (const ShardLevelMetric metric : metrics) out.Text(ShardLevelMetricName(metric));
  out.EndList();
}

void WriteConsumer(const ConsumerInfo& consumer, std::string_view stream_name,
                   const ResourceNames& names, bool with_stream_arn, OutputWriter& out) {
  out.BeginStructure();
  out.TextMember("ConsumerName", consumer.name);
  out.TextMember("ConsumerARN",
                 names.ConsumerArn(stream_name, consumer.name, consumer.creation_timestamp_ms));
  // There is nothing to be prepared for one (broker/stream/consumer_registry.h).
  out.TextMember("ConsumerStatus", "ACTIVE");
  out.TimestampMember("ConsumerCreationTimestamp", consumer.creation_timestamp_ms);
  if (with_stream_arn) out.TextMember("StreamARN", names.StreamArn(stream_name));
  out.EndStructure();
}

void WriteTags(const std::vector<Tag>& tags, OutputWriter& out) {
  out.Key("Tags");
  out.BeginList();
  for (const Tag& tag : tags) {
    out.BeginStructure();
    out.TextMember("Key", tag.key);
    out.TextMember("Value", tag.value);
    out.EndStructure();
  }
  out.EndList();
}

void WriteRecords(const ShardKey& shard, const CollectedRecords& collected, OutputWriter& out) {
  out.Key("Records");
  out.BeginList();
  for (const ReadRecord& read : collected.records) {
    out.BeginStructure();
    out.TextMember("SequenceNumber", FormatSequenceNumber(shard, read.sequence_number));
    out.TimestampMember("ApproximateArrivalTimestamp", read.approximate_arrival_timestamp_ms);
    out.BlobMember("Data", read.record.data);
    out.TextMember("PartitionKey", read.record.partition_key);
    out.TextMember("EncryptionType", read.encrypted ? "KMS" : "NONE");
    out.EndStructure();
  }
  out.EndList();
}

size_t RecordsBytesExpected(const CollectedRecords& collected, bool base64) {
  // Names and the other members of a record; the answer's own.
  constexpr size_t kRecordBytes = 220;
  constexpr size_t kAnswerBytes = 1'024;
  const size_t data = base64 ? collected.bytes / 3 * 4 : collected.bytes;
  return data + collected.records.size() * kRecordBytes + kAnswerBytes;
}

}  // namespace penstock::broker
