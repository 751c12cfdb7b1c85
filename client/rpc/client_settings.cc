// The methods of Client for a stream's settings and tags.
#include <utility>

#include "client/rpc/client_impl.h"
#include "client/rpc/convert_streams.h"
#include "client/rpc/error_status.h"
#include "client/rpc/methods.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {
namespace {

// A request that names its stream, or INVALID_ARGUMENT.
template <typename Request>
absl::StatusOr<Request> RequestFor(std::string_view stream_name) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  Request request;
  request.set_stream_name(std::string(stream_name));
  return request;
}

// The same for one that may name a consumer, too.
template <typename Request>
absl::StatusOr<Request> RequestFor(std::string_view stream_name, std::string_view consumer_name) {
  RETURN_IF_ERROR(rpc::RequireAscii("consumer_name", consumer_name));
  ASSIGN_OR_RETURN(Request request, RequestFor<Request>(stream_name));
  request.set_consumer_name(std::string(consumer_name));
  return request;
}

template <typename Response>
ShardLevelMetrics ToChange(const Response& response) {
  return {rpc::FromMetrics(response.current_shard_level_metrics()),
          rpc::FromMetrics(response.desired_shard_level_metrics())};
}

}  // namespace

absl::Status Client::UpdateStreamMode(std::string_view stream_name, StreamMode mode,
                                      uint32_t warm_throughput_mibps) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::UpdateStreamModeRequest>(stream_name));
  request.set_stream_mode(rpc::ToMode(mode));
  request.set_warm_throughput_mibps(warm_throughput_mibps);
  return impl_->Call(rpc::kUpdateStreamMode, std::move(request), stream_name).status();
}

absl::StatusOr<WarmThroughput> Client::UpdateStreamWarmThroughput(std::string_view stream_name,
                                                                  uint32_t warm_throughput_mibps) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::UpdateStreamWarmThroughputRequest>(stream_name));
  request.set_warm_throughput_mibps(warm_throughput_mibps);
  ASSIGN_OR_RETURN(const auto response,
                   impl_->Call(rpc::kUpdateStreamWarmThroughput, std::move(request), stream_name));
  return WarmThroughput{response.warm_throughput().target_mibps(),
                        response.warm_throughput().current_mibps()};
}

absl::Status Client::UpdateMaxRecordSize(std::string_view stream_name, uint32_t record_kib_max) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::UpdateMaxRecordSizeRequest>(stream_name));
  request.set_max_record_size_in_kib(record_kib_max);
  return impl_->Call(rpc::kUpdateMaxRecordSize, std::move(request), stream_name).status();
}

absl::Status Client::UpdateStreamLimits(std::string_view stream_name, const StreamLimits& limits) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::UpdateStreamLimitsRequest>(stream_name));
  *request.mutable_limits() = rpc::ToLimits(limits);
  return impl_->Call(rpc::kUpdateStreamLimits, std::move(request), stream_name).status();
}

absl::Status Client::IncreaseStreamRetentionPeriod(std::string_view stream_name,
                                                   absl::Duration period) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::IncreaseStreamRetentionPeriodRequest>(stream_name));
  ASSIGN_OR_RETURN(const uint32_t minutes, rpc::ToRetentionMinutes(period));
  request.set_retention_period_minutes(minutes);
  return impl_->Call(rpc::kIncreaseStreamRetentionPeriod, std::move(request), stream_name).status();
}

absl::Status Client::DecreaseStreamRetentionPeriod(std::string_view stream_name,
                                                   absl::Duration period) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::DecreaseStreamRetentionPeriodRequest>(stream_name));
  ASSIGN_OR_RETURN(const uint32_t minutes, rpc::ToRetentionMinutes(period));
  request.set_retention_period_minutes(minutes);
  return impl_->Call(rpc::kDecreaseStreamRetentionPeriod, std::move(request), stream_name).status();
}

absl::Status Client::StartStreamEncryption(std::string_view stream_name, std::string_view key_id) {
  RETURN_IF_ERROR(rpc::RequireAscii("key_id", key_id));
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::StartStreamEncryptionRequest>(stream_name));
  request.set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  request.set_key_id(std::string(key_id));
  return impl_->Call(rpc::kStartStreamEncryption, std::move(request), stream_name).status();
}

absl::Status Client::StopStreamEncryption(std::string_view stream_name, std::string_view key_id) {
  RETURN_IF_ERROR(rpc::RequireAscii("key_id", key_id));
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::StopStreamEncryptionRequest>(stream_name));
  request.set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
  request.set_key_id(std::string(key_id));
  return impl_->Call(rpc::kStopStreamEncryption, std::move(request), stream_name).status();
}

absl::StatusOr<ShardLevelMetrics> Client::EnableEnhancedMonitoring(
    std::string_view stream_name, const std::vector<ShardLevelMetric>& metrics) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::EnableEnhancedMonitoringRequest>(stream_name));
  RETURN_IF_ERROR(rpc::SetMetrics(metrics, request.mutable_shard_level_metrics()));
  ASSIGN_OR_RETURN(const auto response,
                   impl_->Call(rpc::kEnableEnhancedMonitoring, std::move(request), stream_name));
  return ToChange(response);
}

absl::StatusOr<ShardLevelMetrics> Client::DisableEnhancedMonitoring(
    std::string_view stream_name, const std::vector<ShardLevelMetric>& metrics) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::DisableEnhancedMonitoringRequest>(stream_name));
  RETURN_IF_ERROR(rpc::SetMetrics(metrics, request.mutable_shard_level_metrics()));
  ASSIGN_OR_RETURN(const auto response,
                   impl_->Call(rpc::kDisableEnhancedMonitoring, std::move(request), stream_name));
  return ToChange(response);
}

absl::Status Client::AddTagsToStream(std::string_view stream_name, const std::vector<Tag>& tags) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::AddTagsToStreamRequest>(stream_name));
  RETURN_IF_ERROR(rpc::SetTags(tags, request.mutable_tags()));
  return impl_->Call(rpc::kAddTagsToStream, std::move(request), stream_name).status();
}

absl::Status Client::RemoveTagsFromStream(std::string_view stream_name,
                                          const std::vector<std::string>& keys) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::RemoveTagsFromStreamRequest>(stream_name));
  RETURN_IF_ERROR(rpc::SetTagKeys(keys, request.mutable_tag_keys()));
  return impl_->Call(rpc::kRemoveTagsFromStream, std::move(request), stream_name).status();
}

absl::StatusOr<TagListPage> Client::ListTagsForStream(std::string_view stream_name,
                                                      const ListTagsOptions& options) {
  RETURN_IF_ERROR(rpc::RequireUtf8("exclusive_start_tag_key", options.exclusive_start_tag_key));
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::ListTagsForStreamRequest>(stream_name));
  request.set_exclusive_start_tag_key(options.exclusive_start_tag_key);
  request.set_limit(options.limit);
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kListTagsForStream, std::move(request), stream_name));
  return TagListPage{rpc::FromTags(response.mutable_tags()), response.has_more_tags()};
}

absl::Status Client::TagResource(std::string_view stream_name, std::string_view consumer_name,
                                 const std::vector<Tag>& tags) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::TagResourceRequest>(stream_name, consumer_name));
  RETURN_IF_ERROR(rpc::SetTags(tags, request.mutable_tags()));
  return impl_->Call(rpc::kTagResource, std::move(request), stream_name).status();
}

absl::Status Client::UntagResource(std::string_view stream_name, std::string_view consumer_name,
                                   const std::vector<std::string>& keys) {
  ASSIGN_OR_RETURN(auto request, RequestFor<v1::UntagResourceRequest>(stream_name, consumer_name));
  RETURN_IF_ERROR(rpc::SetTagKeys(keys, request.mutable_tag_keys()));
  return impl_->Call(rpc::kUntagResource, std::move(request), stream_name).status();
}

absl::StatusOr<std::vector<Tag>> Client::ListTagsForResource(std::string_view stream_name,
                                                             std::string_view consumer_name) {
  ASSIGN_OR_RETURN(auto request,
                   RequestFor<v1::ListTagsForResourceRequest>(stream_name, consumer_name));
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kListTagsForResource, std::move(request), stream_name));
  return rpc::FromTags(response.mutable_tags());
}

}  // namespace penstock
