// The methods of penstock.v1, as CallSync and CallAsync take them, and whether each changes
// something.
#pragma once

#include "client/rpc/retry_policy.h"
#include "client/rpc/unary_call.h"
#include "penstock/v1/records.grpc.pb.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::rpc {

using StreamsStub = v1::Streams::Stub;
using RecordsStub = v1::Records::Stub;

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
inline constexpr Method<StreamsStub, v1::ListShardsRequest, v1::ListShardsResponse> kListShards{
    "ListShards", CallKind::kRead, &ChannelPool::streams, &StreamsStub::ListShards,
    &StreamsStub::PrepareAsyncListShards};

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

}  // namespace penstock::rpc
