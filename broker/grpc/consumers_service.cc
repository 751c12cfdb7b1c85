#include "broker/grpc/consumers_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/grpc/streams_wire.h"
#include "broker/grpc/unary_call.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

absl::Status Describe(const ConsumerRegistry& registry,
                      const v1::DescribeStreamConsumerRequest& request,
                      v1::DescribeStreamConsumerResponse* response) {
  ASSIGN_OR_RETURN(const ConsumerInfo consumer,
                   registry.Describe(request.stream_name(), request.consumer_name()));
  ToProto(consumer, request.stream_name(), response->mutable_consumer());
  return absl::OkStatus();
}

absl::Status List(const ConsumerRegistry& registry, const v1::ListStreamConsumersRequest& request,
                  v1::ListStreamConsumersResponse* response) {
  ListConsumersQuery query;
  query.stream_name = request.stream_name();
  query.next_token = request.next_token();
  query.max_results = request.max_results();
  if (request.has_stream_creation_timestamp_ms()) {
    query.stream_creation_timestamp_ms = request.stream_creation_timestamp_ms();
  }
  ASSIGN_OR_RETURN(ConsumerPage page, registry.List(query));
  for (const ConsumerInfo& consumer : page.consumers) {
    ToProto(consumer, page.stream->config().name, response->add_consumers());
  }
  response->set_next_token(std::move(page.next_token));
  return absl::OkStatus();
}

absl::Status DescribeLag(ConsumerLagSource& source, const v1::DescribeConsumerLagRequest& request,
                         v1::DescribeConsumerLagResponse* response) {
  ASSIGN_OR_RETURN(const std::vector<ShardLagInfo> shards,
                   source.Lag(request.stream_name(), request.consumer_name()));
  uint64_t records_behind = 0;
  int64_t millis_behind = 0;
  for (const ShardLagInfo& shard : shards) {
    v1::ShardLag* const out = response->add_shards();
    out->set_shard_id(FormatShardId(shard.shard));
    if (shard.next) out->set_next_sequence_number(shard.next->value());
    out->set_records_behind_latest(shard.records_behind);
    out->set_millis_behind_latest(shard.millis_behind);
    out->set_subscribed(shard.subscribed);
    records_behind += shard.records_behind;
    millis_behind = std::max(millis_behind, shard.millis_behind);
  }
  response->set_records_behind_latest(records_behind);
  response->set_millis_behind_latest(millis_behind);
  return absl::OkStatus();
}

}  // namespace

ServerUnaryReactor* ConsumersService::RegisterStreamConsumer(
    CallbackServerContext* context, const v1::RegisterStreamConsumerRequest* request,
    v1::RegisterStreamConsumerResponse* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  registry_.Register(
      {request->stream_name(), request->consumer_name(), FromProto(request->tags())},
      FinishLater<ConsumerInfo>(reactor, [request, response](const ConsumerInfo& consumer) {
        ToProto(consumer, request->stream_name(), response->mutable_consumer());
      }));
  return reactor;
}

ServerUnaryReactor* ConsumersService::DeregisterStreamConsumer(
    CallbackServerContext* context, const v1::DeregisterStreamConsumerRequest* request,
    v1::DeregisterStreamConsumerResponse*) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  registry_.Deregister(request->stream_name(), request->consumer_name(), FinishLater(reactor));
  return reactor;
}

ServerUnaryReactor* ConsumersService::DescribeStreamConsumer(
    CallbackServerContext* context, const v1::DescribeStreamConsumerRequest* request,
    v1::DescribeStreamConsumerResponse* response) {
  return FinishNow(context, Describe(registry_, *request, response));
}

ServerUnaryReactor* ConsumersService::ListStreamConsumers(
    CallbackServerContext* context, const v1::ListStreamConsumersRequest* request,
    v1::ListStreamConsumersResponse* response) {
  return FinishNow(context, List(registry_, *request, response));
}

ServerUnaryReactor* ConsumersService::DescribeConsumerLag(
    CallbackServerContext* context, const v1::DescribeConsumerLagRequest* request,
    v1::DescribeConsumerLagResponse* response) {
  return FinishNow(context, DescribeLag(lag_, *request, response));
}

}  // namespace penstock::broker
