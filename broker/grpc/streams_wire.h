// Conversions between penstock.v1's messages of the control plane and the broker's own types.
//
// Enums are passed on by number, unknown ones too: the operations refuse them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"

#include "broker/stream/hot_shard.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/stream_requests.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/stream/tags.h"
#include "penstock/v1/consumers.pb.h"
#include "penstock/v1/streams.pb.h"

namespace penstock::broker {

CreateStreamSpec FromProto(const v1::CreateStreamRequest& request);
StreamLimits FromProto(const v1::StreamLimits& limits);
ShardFilterSpec FromProto(const v1::ShardFilter& filter);
std::vector<Tag> FromProto(const google::protobuf::RepeatedPtrField<v1::Tag>& tags);
std::vector<std::string> FromProto(const google::protobuf::RepeatedPtrField<std::string>& texts);
std::vector<ShardLevelMetric> MetricsFromProto(const google::protobuf::RepeatedField<int>& metrics);

v1::StreamStatus ToProto(StreamStatus status);
v1::StreamMode ToProto(StreamMode mode);
void ToProto(const StreamSnapshot& stream, const std::vector<HotShardReport>& hot_shards,
             v1::StreamDescriptionSummary* out);
void ToProto(const StreamConfig& config, v1::StreamSummary* out);
void ToProto(const ShardInfo& shard, v1::Shard* out);
// What an on-demand stream is ready for, and what its open shards take.
void ToProto(const StreamSnapshot& stream, v1::WarmThroughput* out);
void ToProto(const ConsumerInfo& consumer, const std::string& stream_name, v1::Consumer* out);
void ToProto(const Tag& tag, v1::Tag* out);
void ToProto(const std::vector<ShardLevelMetric>& metrics,
             google::protobuf::RepeatedField<int>* out);

}  // namespace penstock::broker
