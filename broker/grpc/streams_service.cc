#include "broker/grpc/streams_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/grpc/streams_wire.h"
#include "broker/grpc/unary_call.h"
#include "broker/stream/request_checks.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

StreamSettings::ChangedCallback FinishChange(ServerUnaryReactor* reactor) {
  return FinishLater<StreamChange>(reactor, [](const StreamChange&) {});
}

template <typename Request>
RetentionSpec PeriodOf(const Request& request) {
  return {request.retention_period_hours(), request.retention_period_minutes()};
}

template <typename Request>
EncryptionSpec EncryptionOf(const Request& request) {
  return {static_cast<EncryptionType>(request.encryption_type()), request.key_id()};
}

// Enable- and DisableEnhancedMonitoring.
template <typename Response>
StreamSettings::ChangedCallback FinishMonitoring(ServerUnaryReactor* reactor, Response* response) {
  return FinishLater<StreamChange>(reactor, [response](const StreamChange& change) {
    response->set_stream_name(change.after->config().name);
    ToProto(change.before->config().shard_level_metrics,
            response->mutable_current_shard_level_metrics());
    ToProto(change.after->config().shard_level_metrics,
            response->mutable_desired_shard_level_metrics());
  });
}

absl::Status List(const StreamCatalog& catalog, const v1::ListStreamsRequest& request,
                  v1::ListStreamsResponse* response) {
  ASSIGN_OR_RETURN(StreamPage page,
                   catalog.ListStreams({request.limit(), request.exclusive_start_stream_name(),
                                        request.next_token()}));
  for (const auto& stream : page.streams) {
    response->add_stream_names(stream->config().name);
    ToProto(stream->config(), response->add_stream_summaries());
  }
  response->set_has_more_streams(page.has_more);
  response->set_next_token(std::move(page.next_token));
  return absl::OkStatus();
}

absl::Status ListShardsOf(const StreamCatalog& catalog, const v1::ListShardsRequest& request,
                          v1::ListShardsResponse* response) {
  ListShardsQuery query{request.stream_name(), request.next_token(), request.max_results(),
                        request.exclusive_start_shard_id()};
  if (request.has_shard_filter()) query.filter = FromProto(request.shard_filter());
  if (request.has_stream_creation_timestamp_ms()) {
    query.stream_creation_timestamp_ms = request.stream_creation_timestamp_ms();
  }
  ASSIGN_OR_RETURN(ShardPage page, catalog.ListShards(query));
  for (const ShardInfo& shard : page.shards) ToProto(shard, response->add_shards());
  response->set_next_token(std::move(page.next_token));
  return absl::OkStatus();
}

absl::Status ListTagsOf(const StreamSettings& settings, const v1::ListTagsForStreamRequest& request,
                        v1::ListTagsForStreamResponse* response) {
  ASSIGN_OR_RETURN(
      const TagPage page,
      settings.ListTags(request.stream_name(), request.exclusive_start_tag_key(), request.limit()));
  for (const Tag& tag : page.tags) ToProto(tag, response->add_tags());
  response->set_has_more_tags(page.has_more);
  return absl::OkStatus();
}

absl::Status ListTagsOf(const StreamSettings& settings,
                        const v1::ListTagsForResourceRequest& request,
                        v1::ListTagsForResourceResponse* response) {
  ASSIGN_OR_RETURN(const Tags tags,
                   settings.TagsOf({request.stream_name(), request.consumer_name()}));
  for (const auto& [key, value] : tags) ToProto({key, value}, response->add_tags());
  return absl::OkStatus();
}

}  // namespace

void StreamsService::Summarize(const StreamSnapshot& stream,
                               v1::StreamDescriptionSummary* summary) const {
  ToProto(stream, hot_shards_ ? hot_shards_(stream.config().id) : std::vector<HotShardReport>(),
          summary);
}

absl::Status StreamsService::Describe(const v1::DescribeStreamRequest& request,
                                      v1::DescribeStreamResponse* response) const {
  ASSIGN_OR_RETURN(const ShardPage page,
                   catalog_.DescribeStream({request.stream_name(), request.limit(),
                                            request.exclusive_start_shard_id()}));
  Summarize(*page.stream, response->mutable_summary());
  for (const ShardInfo& shard : page.shards) ToProto(shard, response->add_shards());
  response->set_has_more_shards(page.has_more);
  return absl::OkStatus();
}

ServerUnaryReactor* StreamsService::CreateStream(CallbackServerContext* context,
                                                 const v1::CreateStreamRequest* request,
                                                 v1::CreateStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.CreateStream(FromProto(*request), FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::DeleteStream(CallbackServerContext* context,
                                                 const v1::DeleteStreamRequest* request,
                                                 v1::DeleteStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.DeleteStream({request->stream_name(), request->enforce_consumer_deletion()},
                        FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::ListStreams(CallbackServerContext* context,
                                                const v1::ListStreamsRequest* request,
                                                v1::ListStreamsResponse* response) {
  return FinishNow(context, List(catalog_, *request, response));
}

ServerUnaryReactor* StreamsService::DescribeStream(CallbackServerContext* context,
                                                   const v1::DescribeStreamRequest* request,
                                                   v1::DescribeStreamResponse* response) {
  return FinishNow(context, Describe(*request, response));
}

ServerUnaryReactor* StreamsService::DescribeStreamSummary(
    CallbackServerContext* context, const v1::DescribeStreamSummaryRequest* request,
    v1::DescribeStreamSummaryResponse* response) {
  const auto stream = catalog_.DescribeStreamSummary(request->stream_name());
  if (stream.ok()) Summarize(**stream, response->mutable_summary());
  return FinishNow(context, stream.status());
}

ServerUnaryReactor* StreamsService::ListShards(CallbackServerContext* context,
                                               const v1::ListShardsRequest* request,
                                               v1::ListShardsResponse* response) {
  return FinishNow(context, ListShardsOf(catalog_, *request, response));
}

ServerUnaryReactor* StreamsService::SplitShard(CallbackServerContext* context,
                                               const v1::SplitShardRequest* request,
                                               v1::SplitShardResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.SplitShard(
      {request->stream_name(), request->shard_to_split(), request->new_starting_hash_key()},
      FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::MergeShards(CallbackServerContext* context,
                                                const v1::MergeShardsRequest* request,
                                                v1::MergeShardsResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.MergeShards(
      {request->stream_name(), request->shard_to_merge(), request->adjacent_shard_to_merge()},
      FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::UpdateShardCount(CallbackServerContext* context,
                                                     const v1::UpdateShardCountRequest* request,
                                                     v1::UpdateShardCountResponse* response) {
  if (request->scaling_type() != v1::SCALING_TYPE_UNSPECIFIED &&
      request->scaling_type() != v1::SCALING_TYPE_UNIFORM_SCALING) {
    return FinishNow(context, InvalidField("scaling_type", "must be UNIFORM_SCALING"));
  }
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.UpdateShardCount({request->stream_name(), request->target_shard_count()},
                            FinishLater<uint32_t>(reactor, [request, response](uint32_t before) {
                              response->set_stream_name(request->stream_name());
                              response->set_current_shard_count(before);
                              response->set_target_shard_count(request->target_shard_count());
                            }));
  return reactor;
}

ServerUnaryReactor* StreamsService::UpdateStreamMode(CallbackServerContext* context,
                                                     const v1::UpdateStreamModeRequest* request,
                                                     v1::UpdateStreamModeResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.UpdateStreamMode(
      request->stream_name(),
      {static_cast<StreamMode>(request->stream_mode()), request->warm_throughput_mibps()},
      FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::UpdateStreamWarmThroughput(
    CallbackServerContext* context, const v1::UpdateStreamWarmThroughputRequest* request,
    v1::UpdateStreamWarmThroughputResponse* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.UpdateStreamWarmThroughput(
      request->stream_name(), request->warm_throughput_mibps(),
      FinishLater<StreamChange>(reactor, [response](const StreamChange& change) {
        response->set_stream_name(change.after->config().name);
        ToProto(*change.after, response->mutable_warm_throughput());
      }));
  return reactor;
}

ServerUnaryReactor* StreamsService::UpdateMaxRecordSize(
    CallbackServerContext* context, const v1::UpdateMaxRecordSizeRequest* request,
    v1::UpdateMaxRecordSizeResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.UpdateMaxRecordSize(request->stream_name(), request->max_record_size_in_kib(),
                                FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::UpdateStreamLimits(CallbackServerContext* context,
                                                       const v1::UpdateStreamLimitsRequest* request,
                                                       v1::UpdateStreamLimitsResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.UpdateStreamLimits(request->stream_name(), FromProto(request->limits()),
                               FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::IncreaseStreamRetentionPeriod(
    CallbackServerContext* context, const v1::IncreaseStreamRetentionPeriodRequest* request,
    v1::IncreaseStreamRetentionPeriodResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.IncreaseRetentionPeriod(request->stream_name(), PeriodOf(*request),
                                    FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::DecreaseStreamRetentionPeriod(
    CallbackServerContext* context, const v1::DecreaseStreamRetentionPeriodRequest* request,
    v1::DecreaseStreamRetentionPeriodResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.DecreaseRetentionPeriod(request->stream_name(), PeriodOf(*request),
                                    FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::StartStreamEncryption(
    CallbackServerContext* context, const v1::StartStreamEncryptionRequest* request,
    v1::StartStreamEncryptionResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.StartEncryption(request->stream_name(), EncryptionOf(*request), FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::StopStreamEncryption(
    CallbackServerContext* context, const v1::StopStreamEncryptionRequest* request,
    v1::StopStreamEncryptionResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.StopEncryption(request->stream_name(), EncryptionOf(*request), FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::EnableEnhancedMonitoring(
    CallbackServerContext* context, const v1::EnableEnhancedMonitoringRequest* request,
    v1::EnableEnhancedMonitoringResponse* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.EnableMetrics(request->stream_name(), MetricsFromProto(request->shard_level_metrics()),
                          FinishMonitoring(reactor, response));
  return reactor;
}

ServerUnaryReactor* StreamsService::DisableEnhancedMonitoring(
    CallbackServerContext* context, const v1::DisableEnhancedMonitoringRequest* request,
    v1::DisableEnhancedMonitoringResponse* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.DisableMetrics(request->stream_name(), MetricsFromProto(request->shard_level_metrics()),
                           FinishMonitoring(reactor, response));
  return reactor;
}

ServerUnaryReactor* StreamsService::AddTagsToStream(CallbackServerContext* context,
                                                    const v1::AddTagsToStreamRequest* request,
                                                    v1::AddTagsToStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.AddTags({request->stream_name(), ""}, FromProto(request->tags()),
                    FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::RemoveTagsFromStream(
    CallbackServerContext* context, const v1::RemoveTagsFromStreamRequest* request,
    v1::RemoveTagsFromStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.RemoveTags({request->stream_name(), ""}, FromProto(request->tag_keys()),
                       FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::ListTagsForStream(CallbackServerContext* context,
                                                      const v1::ListTagsForStreamRequest* request,
                                                      v1::ListTagsForStreamResponse* response) {
  return FinishNow(context, ListTagsOf(settings_, *request, response));
}

ServerUnaryReactor* StreamsService::TagResource(CallbackServerContext* context,
                                                const v1::TagResourceRequest* request,
                                                v1::TagResourceResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.AddTags({request->stream_name(), request->consumer_name()}, FromProto(request->tags()),
                    FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::UntagResource(CallbackServerContext* context,
                                                  const v1::UntagResourceRequest* request,
                                                  v1::UntagResourceResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.RemoveTags({request->stream_name(), request->consumer_name()},
                       FromProto(request->tag_keys()), FinishChange(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::ListTagsForResource(
    CallbackServerContext* context, const v1::ListTagsForResourceRequest* request,
    v1::ListTagsForResourceResponse* response) {
  return FinishNow(context, ListTagsOf(settings_, *request, response));
}

}  // namespace penstock::broker
