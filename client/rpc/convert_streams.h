// Between the messages of penstock.v1 and the values of the public headers: streams, their settings
// and shards. Pure functions. What a newer broker says and this client does not know becomes
// kUnknown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "penstock/shards.h"
#include "penstock/streams.h"
#include "penstock/v1/streams.pb.h"

namespace penstock::rpc {

// INVALID_ARGUMENT where an option cannot be sent.
absl::StatusOr<v1::CreateStreamRequest> ToRequest(std::string_view stream_name,
                                                  const CreateStreamOptions& options);
v1::ListShardsRequest ToRequest(const ListShardsOptions& options);
v1::StreamMode ToMode(StreamMode mode);
v1::StreamLimits ToLimits(const StreamLimits& limits);
// INVALID_ARGUMENT unless it is 1 minute to 365 days, in whole minutes.
absl::StatusOr<uint32_t> ToRetentionMinutes(absl::Duration period);
// INVALID_ARGUMENT where a key or a value is not UTF-8, or a metric is kUnknown.
absl::Status SetTags(const std::vector<Tag>& tags, google::protobuf::RepeatedPtrField<v1::Tag>* to);
absl::Status SetTagKeys(const std::vector<std::string>& keys,
                        google::protobuf::RepeatedPtrField<std::string>* to);
absl::Status SetMetrics(const std::vector<ShardLevelMetric>& metrics,
                        google::protobuf::RepeatedField<int>* to);

StreamListPage FromResponse(v1::ListStreamsResponse response);
StreamDescription FromSummary(v1::StreamDescriptionSummary summary);
StreamPage FromResponse(v1::DescribeStreamResponse response);
ShardListPage FromResponse(v1::ListShardsResponse response);
std::vector<Tag> FromTags(google::protobuf::RepeatedPtrField<v1::Tag>* tags);
std::vector<ShardLevelMetric> FromMetrics(const google::protobuf::RepeatedField<int>& metrics);

}  // namespace penstock::rpc
