// StreamsService: penstock.v1.Streams in front of a StreamCatalog and StreamSettings.
//
// Holds no rule of its own: it copies requests in and results out. Callback API. Changes block on
// the disk, which the catalog does on its executor and finishes the call from there; everything else
// is answered at once from memory, on gRPC's thread. What it refers to must outlive the service, and
// the server must have stopped before either goes.
#pragma once

#include <utility>

#include <grpcpp/support/server_callback.h>

#include "broker/stream/hot_shard.h"
#include "broker/stream/stream_catalog.h"
#include "broker/stream/stream_settings.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::broker {

class StreamsService final : public v1::Streams::CallbackService {
 public:
  // Without `hot_shards` no shard is reported as hot.
  StreamsService(StreamCatalog& catalog, StreamSettings& settings, HotShardSource hot_shards = {})
      : catalog_(catalog), settings_(settings), hot_shards_(std::move(hot_shards)) {}

  ::grpc::ServerUnaryReactor* CreateStream(::grpc::CallbackServerContext* context,
                                           const v1::CreateStreamRequest* request,
                                           v1::CreateStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* DeleteStream(::grpc::CallbackServerContext* context,
                                           const v1::DeleteStreamRequest* request,
                                           v1::DeleteStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* ListStreams(::grpc::CallbackServerContext* context,
                                          const v1::ListStreamsRequest* request,
                                          v1::ListStreamsResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeStream(::grpc::CallbackServerContext* context,
                                             const v1::DescribeStreamRequest* request,
                                             v1::DescribeStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeStreamSummary(
      ::grpc::CallbackServerContext* context, const v1::DescribeStreamSummaryRequest* request,
      v1::DescribeStreamSummaryResponse* response) override;
  ::grpc::ServerUnaryReactor* ListShards(::grpc::CallbackServerContext* context,
                                         const v1::ListShardsRequest* request,
                                         v1::ListShardsResponse* response) override;
  ::grpc::ServerUnaryReactor* SplitShard(::grpc::CallbackServerContext* context,
                                         const v1::SplitShardRequest* request,
                                         v1::SplitShardResponse* response) override;
  ::grpc::ServerUnaryReactor* MergeShards(::grpc::CallbackServerContext* context,
                                          const v1::MergeShardsRequest* request,
                                          v1::MergeShardsResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateShardCount(::grpc::CallbackServerContext* context,
                                               const v1::UpdateShardCountRequest* request,
                                               v1::UpdateShardCountResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateStreamMode(::grpc::CallbackServerContext* context,
                                               const v1::UpdateStreamModeRequest* request,
                                               v1::UpdateStreamModeResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateStreamWarmThroughput(
      ::grpc::CallbackServerContext* context, const v1::UpdateStreamWarmThroughputRequest* request,
      v1::UpdateStreamWarmThroughputResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateMaxRecordSize(
      ::grpc::CallbackServerContext* context, const v1::UpdateMaxRecordSizeRequest* request,
      v1::UpdateMaxRecordSizeResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateStreamLimits(::grpc::CallbackServerContext* context,
                                                 const v1::UpdateStreamLimitsRequest* request,
                                                 v1::UpdateStreamLimitsResponse* response) override;
  ::grpc::ServerUnaryReactor* IncreaseStreamRetentionPeriod(
      ::grpc::CallbackServerContext* context,
      const v1::IncreaseStreamRetentionPeriodRequest* request,
      v1::IncreaseStreamRetentionPeriodResponse* response) override;
  ::grpc::ServerUnaryReactor* DecreaseStreamRetentionPeriod(
      ::grpc::CallbackServerContext* context,
      const v1::DecreaseStreamRetentionPeriodRequest* request,
      v1::DecreaseStreamRetentionPeriodResponse* response) override;
  ::grpc::ServerUnaryReactor* StartStreamEncryption(
      ::grpc::CallbackServerContext* context, const v1::StartStreamEncryptionRequest* request,
      v1::StartStreamEncryptionResponse* response) override;
  ::grpc::ServerUnaryReactor* StopStreamEncryption(
      ::grpc::CallbackServerContext* context, const v1::StopStreamEncryptionRequest* request,
      v1::StopStreamEncryptionResponse* response) override;
  ::grpc::ServerUnaryReactor* EnableEnhancedMonitoring(
      ::grpc::CallbackServerContext* context, const v1::EnableEnhancedMonitoringRequest* request,
      v1::EnableEnhancedMonitoringResponse* response) override;
  ::grpc::ServerUnaryReactor* DisableEnhancedMonitoring(
      ::grpc::CallbackServerContext* context, const v1::DisableEnhancedMonitoringRequest* request,
      v1::DisableEnhancedMonitoringResponse* response) override;
  ::grpc::ServerUnaryReactor* AddTagsToStream(::grpc::CallbackServerContext* context,
                                              const v1::AddTagsToStreamRequest* request,
                                              v1::AddTagsToStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* RemoveTagsFromStream(
      ::grpc::CallbackServerContext* context, const v1::RemoveTagsFromStreamRequest* request,
      v1::RemoveTagsFromStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* ListTagsForStream(::grpc::CallbackServerContext* context,
                                                const v1::ListTagsForStreamRequest* request,
                                                v1::ListTagsForStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* TagResource(::grpc::CallbackServerContext* context,
                                          const v1::TagResourceRequest* request,
                                          v1::TagResourceResponse* response) override;
  ::grpc::ServerUnaryReactor* UntagResource(::grpc::CallbackServerContext* context,
                                            const v1::UntagResourceRequest* request,
                                            v1::UntagResourceResponse* response) override;
  ::grpc::ServerUnaryReactor* ListTagsForResource(
      ::grpc::CallbackServerContext* context, const v1::ListTagsForResourceRequest* request,
      v1::ListTagsForResourceResponse* response) override;

 private:
  void Summarize(const StreamSnapshot& stream, v1::StreamDescriptionSummary* summary) const;
  absl::Status Describe(const v1::DescribeStreamRequest& request,
                        v1::DescribeStreamResponse* response) const;

  StreamCatalog& catalog_;
  StreamSettings& settings_;
  const HotShardSource hot_shards_;
};

}  // namespace penstock::broker
