// The structures of Kinesis' answers that more than one operation gives, and the names of its
// enumerations. StreamId is never among them: with it clients leave the endpoint they were given
// (kinesis-api.md: endpoints). Pure functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/aws/output_writer.h"
#include "broker/kinesis/resource_names.h"
#include "broker/record/child_shards.h"
#include "broker/record/get_shard_iterator.h"
#include "broker/record/record_collector.h"
#include "broker/stream/shard_filter.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/stream/tags.h"

namespace penstock::broker {

std::string_view EncryptionTypeName(EncryptionType type);

// Of texts that the model has let through; nothing for others.
std::optional<StreamMode> StreamModeOf(std::string_view name);
std::optional<ShardFilterType> ShardFilterTypeOf(std::string_view name);
std::optional<ShardIteratorType> ShardIteratorTypeOf(std::string_view name);
std::optional<ShardLevelMetric> ShardLevelMetricOf(std::string_view name);
std::string_view ShardLevelMetricName(ShardLevelMetric metric);

void WriteHashKeyRange(const HashKeyRange& range, OutputWriter& out);
void WriteShard(const StreamSnapshot& stream, const ShardInfo& shard, OutputWriter& out);
void WriteChildShards(const std::vector<ChildShard>& children, OutputWriter& out);
// Of DescribeStream and DescribeStreamSummary: the members that both have.
void WriteStreamDescription(const StreamSnapshot& stream, const ResourceNames& names,
                            OutputWriter& out);
void WriteStreamMode(StreamMode mode, OutputWriter& out);
void WriteWarmThroughput(const StreamSnapshot& stream, OutputWriter& out);
void WriteMetrics(std::string_view member, const std::vector<ShardLevelMetric>& metrics,
                  OutputWriter& out);
void WriteConsumer(const ConsumerInfo& consumer, std::string_view stream_name,
                   const ResourceNames& names, bool with_stream_arn, OutputWriter& out);
void WriteTags(const std::vector<Tag>& tags, OutputWriter& out);
// "Records" of a shard.
void WriteRecords(const ShardKey& shard, const CollectedRecords& collected, OutputWriter& out);
// About how many bytes WriteRecords makes, for the writer's memory.
size_t RecordsBytesExpected(const CollectedRecords& collected, bool base64);

}  // namespace penstock::broker
