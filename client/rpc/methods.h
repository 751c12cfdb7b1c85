// The methods of penstock.v1, as CallSync and CallAsync take them, and whether each changes
// something. What only some calls make idempotent (a put with a stamp) the call itself says.
#pragma once

#include "client/rpc/retry_policy.h"
#include "client/rpc/unary_call.h"
#include "penstock/v1/account.grpc.pb.h"
#include "penstock/v1/consumers.grpc.pb.h"
#include "penstock/v1/records.grpc.pb.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::rpc {

using StreamsStub = v1::Streams::Stub;
using RecordsStub = v1::Records::Stub;
using ConsumersStub = v1::Consumers::Stub;
using AccountStub = v1::Account::Stub;

inline constexpr Method<StreamsStub, v1::CreateStreamRequest, v1::CreateStreamResponse>
    kCreateStream{"CreateStream", CallKind::kMutation, &ChannelPool::streams,
                  &StreamsStub::CreateStream, &StreamsStub::PrepareAsyncCreateStream};
inline constexpr Method<StreamsStub, v1::DeleteStreamRequest, v1::DeleteStreamResponse>
    kDeleteStream{"DeleteStream", CallKind::kMutation, &ChannelPool::streams,
                  &StreamsStub::DeleteStream, &StreamsStub::PrepareAsyncDeleteStream};
inline constexpr Method<StreamsStub, v1::ListStreamsRequest, v1::ListStreamsResponse> kListStreams{
    "ListStreams", CallKind::kRead, &ChannelPool::streams, &StreamsStub::ListStreams,
    &StreamsStub::PrepareAsyncListStreams};
inline constexpr Method<StreamsStub, v1::DescribeStreamRequest, v1::DescribeStreamResponse>
    kDescribeStream{"DescribeStream", CallKind::kRead, &ChannelPool::streams,
                    &StreamsStub::DescribeStream, &StreamsStub::PrepareAsyncDescribeStream};
inline constexpr Method<StreamsStub, v1::DescribeStreamSummaryRequest,
                        v1::DescribeStreamSummaryResponse>
    kDescribeStreamSummary{"DescribeStreamSummary", CallKind::kRead, &ChannelPool::streams,
                           &StreamsStub::DescribeStreamSummary,
                           &StreamsStub::PrepareAsyncDescribeStreamSummary};
inline constexpr Method<StreamsStub, v1::UpdateStreamModeRequest, v1::UpdateStreamModeResponse>
    kUpdateStreamMode{"UpdateStreamMode", CallKind::kMutation, &ChannelPool::streams,
                      &StreamsStub::UpdateStreamMode, &StreamsStub::PrepareAsyncUpdateStreamMode};
inline constexpr Method<StreamsStub, v1::UpdateStreamWarmThroughputRequest,
                        v1::UpdateStreamWarmThroughputResponse>
    kUpdateStreamWarmThroughput{"UpdateStreamWarmThroughput", CallKind::kMutation,
                                &ChannelPool::streams, &StreamsStub::UpdateStreamWarmThroughput,
                                &StreamsStub::PrepareAsyncUpdateStreamWarmThroughput};
inline constexpr Method<StreamsStub, v1::UpdateMaxRecordSizeRequest,
                        v1::UpdateMaxRecordSizeResponse>
    kUpdateMaxRecordSize{"UpdateMaxRecordSize", CallKind::kMutation, &ChannelPool::streams,
                         &StreamsStub::UpdateMaxRecordSize,
                         &StreamsStub::PrepareAsyncUpdateMaxRecordSize};
inline constexpr Method<StreamsStub, v1::UpdateStreamLimitsRequest, v1::UpdateStreamLimitsResponse>
    kUpdateStreamLimits{"UpdateStreamLimits", CallKind::kMutation, &ChannelPool::streams,
                        &StreamsStub::UpdateStreamLimits,
                        &StreamsStub::PrepareAsyncUpdateStreamLimits};
inline constexpr Method<StreamsStub, v1::IncreaseStreamRetentionPeriodRequest,
                        v1::IncreaseStreamRetentionPeriodResponse>
    kIncreaseStreamRetentionPeriod{"IncreaseStreamRetentionPeriod", CallKind::kMutation,
                                   &ChannelPool::streams,
                                   &StreamsStub::IncreaseStreamRetentionPeriod,
                                   &StreamsStub::PrepareAsyncIncreaseStreamRetentionPeriod};
inline constexpr Method<StreamsStub, v1::DecreaseStreamRetentionPeriodRequest,
                        v1::DecreaseStreamRetentionPeriodResponse>
    kDecreaseStreamRetentionPeriod{"DecreaseStreamRetentionPeriod", CallKind::kMutation,
                                   &ChannelPool::streams,
                                   &StreamsStub::DecreaseStreamRetentionPeriod,
                                   &StreamsStub::PrepareAsyncDecreaseStreamRetentionPeriod};
inline constexpr Method<StreamsStub, v1::StartStreamEncryptionRequest,
                        v1::StartStreamEncryptionResponse>
    kStartStreamEncryption{"StartStreamEncryption", CallKind::kMutation, &ChannelPool::streams,
                           &StreamsStub::StartStreamEncryption,
                           &StreamsStub::PrepareAsyncStartStreamEncryption};
inline constexpr Method<StreamsStub, v1::StopStreamEncryptionRequest,
                        v1::StopStreamEncryptionResponse>
    kStopStreamEncryption{"StopStreamEncryption", CallKind::kMutation, &ChannelPool::streams,
                          &StreamsStub::StopStreamEncryption,
                          &StreamsStub::PrepareAsyncStopStreamEncryption};
inline constexpr Method<StreamsStub, v1::EnableEnhancedMonitoringRequest,
                        v1::EnableEnhancedMonitoringResponse>
    kEnableEnhancedMonitoring{"EnableEnhancedMonitoring", CallKind::kMutation,
                              &ChannelPool::streams, &StreamsStub::EnableEnhancedMonitoring,
                              &StreamsStub::PrepareAsyncEnableEnhancedMonitoring};
inline constexpr Method<StreamsStub, v1::DisableEnhancedMonitoringRequest,
                        v1::DisableEnhancedMonitoringResponse>
    kDisableEnhancedMonitoring{"DisableEnhancedMonitoring", CallKind::kMutation,
                               &ChannelPool::streams, &StreamsStub::DisableEnhancedMonitoring,
                               &StreamsStub::PrepareAsyncDisableEnhancedMonitoring};
inline constexpr Method<StreamsStub, v1::AddTagsToStreamRequest, v1::AddTagsToStreamResponse>
    kAddTagsToStream{"AddTagsToStream", CallKind::kMutation, &ChannelPool::streams,
                     &StreamsStub::AddTagsToStream, &StreamsStub::PrepareAsyncAddTagsToStream};
inline constexpr Method<StreamsStub, v1::RemoveTagsFromStreamRequest,
                        v1::RemoveTagsFromStreamResponse>
    kRemoveTagsFromStream{"RemoveTagsFromStream", CallKind::kMutation, &ChannelPool::streams,
                          &StreamsStub::RemoveTagsFromStream,
                          &StreamsStub::PrepareAsyncRemoveTagsFromStream};
inline constexpr Method<StreamsStub, v1::ListTagsForStreamRequest, v1::ListTagsForStreamResponse>
    kListTagsForStream{"ListTagsForStream", CallKind::kRead, &ChannelPool::streams,
                       &StreamsStub::ListTagsForStream,
                       &StreamsStub::PrepareAsyncListTagsForStream};
inline constexpr Method<StreamsStub, v1::TagResourceRequest, v1::TagResourceResponse> kTagResource{
    "TagResource", CallKind::kMutation, &ChannelPool::streams, &StreamsStub::TagResource,
    &StreamsStub::PrepareAsyncTagResource};
inline constexpr Method<StreamsStub, v1::UntagResourceRequest, v1::UntagResourceResponse>
    kUntagResource{"UntagResource", CallKind::kMutation, &ChannelPool::streams,
                   &StreamsStub::UntagResource, &StreamsStub::PrepareAsyncUntagResource};
inline constexpr Method<StreamsStub, v1::ListTagsForResourceRequest,
                        v1::ListTagsForResourceResponse>
    kListTagsForResource{"ListTagsForResource", CallKind::kRead, &ChannelPool::streams,
                         &StreamsStub::ListTagsForResource,
                         &StreamsStub::PrepareAsyncListTagsForResource};
inline constexpr Method<StreamsStub, v1::ListShardsRequest, v1::ListShardsResponse> kListShards{
    "ListShards", CallKind::kRead, &ChannelPool::streams, &StreamsStub::ListShards,
    &StreamsStub::PrepareAsyncListShards};
inline constexpr Method<StreamsStub, v1::SplitShardRequest, v1::SplitShardResponse> kSplitShard{
    "SplitShard", CallKind::kMutation, &ChannelPool::streams, &StreamsStub::SplitShard,
    &StreamsStub::PrepareAsyncSplitShard};
inline constexpr Method<StreamsStub, v1::MergeShardsRequest, v1::MergeShardsResponse> kMergeShards{
    "MergeShards", CallKind::kMutation, &ChannelPool::streams, &StreamsStub::MergeShards,
    &StreamsStub::PrepareAsyncMergeShards};
inline constexpr Method<StreamsStub, v1::UpdateShardCountRequest, v1::UpdateShardCountResponse>
    kUpdateShardCount{"UpdateShardCount", CallKind::kMutation, &ChannelPool::streams,
                      &StreamsStub::UpdateShardCount, &StreamsStub::PrepareAsyncUpdateShardCount};

inline constexpr Method<ConsumersStub, v1::RegisterStreamConsumerRequest,
                        v1::RegisterStreamConsumerResponse>
    kRegisterStreamConsumer{"RegisterStreamConsumer", CallKind::kMutation, &ChannelPool::consumers,
                            &ConsumersStub::RegisterStreamConsumer,
                            &ConsumersStub::PrepareAsyncRegisterStreamConsumer};
inline constexpr Method<ConsumersStub, v1::DeregisterStreamConsumerRequest,
                        v1::DeregisterStreamConsumerResponse>
    kDeregisterStreamConsumer{"DeregisterStreamConsumer", CallKind::kMutation,
                              &ChannelPool::consumers, &ConsumersStub::DeregisterStreamConsumer,
                              &ConsumersStub::PrepareAsyncDeregisterStreamConsumer};
inline constexpr Method<ConsumersStub, v1::DescribeStreamConsumerRequest,
                        v1::DescribeStreamConsumerResponse>
    kDescribeStreamConsumer{"DescribeStreamConsumer", CallKind::kRead, &ChannelPool::consumers,
                            &ConsumersStub::DescribeStreamConsumer,
                            &ConsumersStub::PrepareAsyncDescribeStreamConsumer};
inline constexpr Method<ConsumersStub, v1::ListStreamConsumersRequest,
                        v1::ListStreamConsumersResponse>
    kListStreamConsumers{"ListStreamConsumers", CallKind::kRead, &ChannelPool::consumers,
                         &ConsumersStub::ListStreamConsumers,
                         &ConsumersStub::PrepareAsyncListStreamConsumers};
inline constexpr Method<ConsumersStub, v1::DescribeConsumerLagRequest,
                        v1::DescribeConsumerLagResponse>
    kDescribeConsumerLag{"DescribeConsumerLag", CallKind::kRead, &ChannelPool::consumers,
                         &ConsumersStub::DescribeConsumerLag,
                         &ConsumersStub::PrepareAsyncDescribeConsumerLag};

inline constexpr Method<RecordsStub, v1::PutRecordRequest, v1::PutRecordResponse> kPutRecord{
    "PutRecord", CallKind::kMutation, &ChannelPool::records, &RecordsStub::PutRecord,
    &RecordsStub::PrepareAsyncPutRecord};
inline constexpr Method<RecordsStub, v1::PutRecordsRequest, v1::PutRecordsResponse> kPutRecords{
    "PutRecords", CallKind::kMutation, &ChannelPool::records, &RecordsStub::PutRecords,
    &RecordsStub::PrepareAsyncPutRecords};
inline constexpr Method<RecordsStub, v1::GetShardIteratorRequest, v1::GetShardIteratorResponse>
    kGetShardIterator{"GetShardIterator", CallKind::kRead, &ChannelPool::records,
                      &RecordsStub::GetShardIterator, &RecordsStub::PrepareAsyncGetShardIterator};
inline constexpr Method<RecordsStub, v1::GetRecordsRequest, v1::GetRecordsResponse> kGetRecords{
    "GetRecords", CallKind::kRead, &ChannelPool::records, &RecordsStub::GetRecords,
    &RecordsStub::PrepareAsyncGetRecords};

inline constexpr Method<AccountStub, v1::DescribeLimitsRequest, v1::DescribeLimitsResponse>
    kDescribeLimits{"DescribeLimits", CallKind::kRead, &ChannelPool::account,
                    &AccountStub::DescribeLimits, &AccountStub::PrepareAsyncDescribeLimits};
inline constexpr Method<AccountStub, v1::DescribeAccountSettingsRequest,
                        v1::DescribeAccountSettingsResponse>
    kDescribeAccountSettings{"DescribeAccountSettings", CallKind::kRead, &ChannelPool::account,
                             &AccountStub::DescribeAccountSettings,
                             &AccountStub::PrepareAsyncDescribeAccountSettings};
inline constexpr Method<AccountStub, v1::UpdateAccountSettingsRequest,
                        v1::UpdateAccountSettingsResponse>
    kUpdateAccountSettings{"UpdateAccountSettings", CallKind::kMutation, &ChannelPool::account,
                           &AccountStub::UpdateAccountSettings,
                           &AccountStub::PrepareAsyncUpdateAccountSettings};

using BatchesStub = v1::Batches::Stub;
inline constexpr Method<BatchesStub, v1::GetShardMapRequest, v1::ShardMap> kGetShardMap{
    "GetShardMap", CallKind::kRead, &ChannelPool::batches, &BatchesStub::GetShardMap,
    &BatchesStub::PrepareAsyncGetShardMap};

}  // namespace penstock::rpc
