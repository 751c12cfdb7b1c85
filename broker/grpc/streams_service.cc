#include "broker/grpc/streams_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/grpc/grpc_status.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

ServerUnaryReactor* FinishNow(CallbackServerContext* context, const absl::Status& status) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(status.ok() ? ::grpc::Status::OK : ToGrpcStatus(status));
  return reactor;
}

// The reactor outlives the call: gRPC keeps it until it has been finished.
StreamCatalog::DoneCallback FinishLater(ServerUnaryReactor* reactor) {
  return [reactor](const absl::Status& status) {
    reactor->Finish(status.ok() ? ::grpc::Status::OK : ToGrpcStatus(status));
  };
}

v1::StreamStatus ToProto(StreamStatus status) {
  static_assert(static_cast<int>(StreamStatus::kCreating) == v1::STREAM_STATUS_CREATING);
  static_assert(static_cast<int>(StreamStatus::kActive) == v1::STREAM_STATUS_ACTIVE);
  static_assert(static_cast<int>(StreamStatus::kUpdating) == v1::STREAM_STATUS_UPDATING);
  static_assert(static_cast<int>(StreamStatus::kDeleting) == v1::STREAM_STATUS_DELETING);
  return static_cast<v1::StreamStatus>(status);
}

void ToProto(const StreamSnapshot& stream, v1::StreamDescriptionSummary* summary) {
  const StreamConfig& config = stream.config();
  summary->set_stream_name(config.name);
  summary->set_stream_status(ToProto(config.status));
  summary->set_stream_creation_timestamp_ms(config.creation_timestamp_ms);
  summary->set_retention_period_hours((config.retention_period_minutes + 59) / 60);
  summary->set_retention_period_minutes(config.retention_period_minutes);
  summary->set_open_shard_count(static_cast<uint32_t>(stream.open_shard_count()));
  summary->set_max_record_size_in_kib(config.max_record_size_in_kib);
  summary->set_stream_id(config.id.value());
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
}

absl::Status List(const StreamCatalog& catalog, const v1::ListStreamsRequest& request,
                  v1::ListStreamsResponse* response) {
  ASSIGN_OR_RETURN(const StreamPage page,
                   catalog.ListStreams({request.limit(), request.exclusive_start_stream_name()}));
  for (const auto& stream : page.streams) {
    const StreamConfig& config = stream->config();
    response->add_stream_names(config.name);
    v1::StreamSummary* const summary = response->add_stream_summaries();
    summary->set_stream_name(config.name);
    summary->set_stream_status(ToProto(config.status));
    summary->set_stream_creation_timestamp_ms(config.creation_timestamp_ms);
  }
  response->set_has_more_streams(page.has_more);
  return absl::OkStatus();
}

absl::Status Describe(const StreamCatalog& catalog, const v1::DescribeStreamRequest& request,
                      v1::DescribeStreamResponse* response) {
  ASSIGN_OR_RETURN(const ShardPage page,
                   catalog.DescribeStream({request.stream_name(), request.limit(),
                                           request.exclusive_start_shard_id()}));
  ToProto(*page.stream, response->mutable_summary());
  for (const ShardInfo& shard : page.shards) ToProto(shard, response->add_shards());
  response->set_has_more_shards(page.has_more);
  return absl::OkStatus();
}

absl::Status Summarize(const StreamCatalog& catalog,
                       const v1::DescribeStreamSummaryRequest& request,
                       v1::DescribeStreamSummaryResponse* response) {
  ASSIGN_OR_RETURN(const auto stream, catalog.DescribeStreamSummary(request.stream_name()));
  ToProto(*stream, response->mutable_summary());
  return absl::OkStatus();
}

absl::Status ListShardsOf(const StreamCatalog& catalog, const v1::ListShardsRequest& request,
                          v1::ListShardsResponse* response) {
  ASSIGN_OR_RETURN(ShardPage page,
                   catalog.ListShards({request.stream_name(), request.next_token(),
                                       request.max_results(), request.exclusive_start_shard_id()}));
  for (const ShardInfo& shard : page.shards) ToProto(shard, response->add_shards());
  response->set_next_token(std::move(page.next_token));
  return absl::OkStatus();
}

}  // namespace

ServerUnaryReactor* StreamsService::CreateStream(CallbackServerContext* context,
                                                 const v1::CreateStreamRequest* request,
                                                 v1::CreateStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.CreateStream({request->stream_name(), request->shard_count(),
                         request->max_record_size_in_kib(), request->retention_period_hours()},
                        FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* StreamsService::DeleteStream(CallbackServerContext* context,
                                                 const v1::DeleteStreamRequest* request,
                                                 v1::DeleteStreamResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  catalog_.DeleteStream(request->stream_name(), FinishLater(reactor));
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
  return FinishNow(context, Describe(catalog_, *request, response));
}

ServerUnaryReactor* StreamsService::DescribeStreamSummary(
    CallbackServerContext* context, const v1::DescribeStreamSummaryRequest* request,
    v1::DescribeStreamSummaryResponse* response) {
  return FinishNow(context, Summarize(catalog_, *request, response));
}

ServerUnaryReactor* StreamsService::ListShards(CallbackServerContext* context,
                                               const v1::ListShardsRequest* request,
                                               v1::ListShardsResponse* response) {
  return FinishNow(context, ListShardsOf(catalog_, *request, response));
}

}  // namespace penstock::broker
