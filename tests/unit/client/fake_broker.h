// FakeBroker: a gRPC server in this process that answers as a test tells it to.
//
// A handler is set before the client calls, and runs on a thread of the server. Calls without a
// handler get UNIMPLEMENTED. ErrorWith makes the errors that a broker makes, details included. The
// server ends with the object, which waits for the handlers that still run.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "absl/time/time.h"
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "penstock/client_options.h"
#include "penstock/v1/account.grpc.pb.h"
#include "penstock/v1/consumers.grpc.pb.h"
#include "penstock/v1/records.grpc.pb.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::test {

struct ErrorParts {
  std::string reason;
  // "not_applied", "unknown", or empty for an error without ErrorInfo.
  std::string outcome;
  std::optional<absl::Duration> retry_delay = std::nullopt;
  std::string domain = "penstock";
};

inline grpc::Status ErrorWith(grpc::StatusCode code, const ErrorParts& parts) {
  google::rpc::Status details;
  details.set_code(code);
  if (!parts.outcome.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(parts.reason);
    info.set_domain(parts.domain);
    (*info.mutable_metadata())["outcome"] = parts.outcome;
    details.add_details()->PackFrom(info);
  }
  if (parts.retry_delay.has_value()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(*parts.retry_delay));
    retry.mutable_retry_delay()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(*parts.retry_delay % absl::Seconds(1))));
    details.add_details()->PackFrom(retry);
  }
  return {code, "as the test wants it", details.SerializeAsString()};
}

template <typename Request, typename Response>
struct FakeMethod {
  std::function<grpc::Status(const Request&, Response*)> handler;
  // Shown each call before it is handled, where set.
  std::function<void(const grpc::ServerContext& context)> on_call;
  std::atomic<int> calls{0};

  grpc::Status Run(grpc::ServerContext* context, const Request* request, Response* response) {
    ++calls;
    if (on_call) on_call(*context);
    return handler ? handler(*request, response)
                   : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no handler");
  }
};

// The handler sends its events through the writer; what it returns ends the subscription.
struct FakeSubscribe {
  using Writer = grpc::ServerWriter<v1::SubscribeToShardEvent>;
  std::function<grpc::Status(const v1::SubscribeToShardRequest&, grpc::ServerContext&, Writer&)>
      handler;
  std::atomic<int> calls{0};

  grpc::Status Run(grpc::ServerContext* context, const v1::SubscribeToShardRequest* request,
                   Writer* writer) {
    ++calls;
    return handler ? handler(*request, *context, *writer)
                   : grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no handler");
  }
};

class FakeBroker {
 public:
  FakeBroker() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(16 << 20);
    builder.RegisterService(&streams_);
    builder.RegisterService(&consumers_);
    builder.RegisterService(&records_);
    builder.RegisterService(&account_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) throw std::runtime_error("no port to listen on");
  }

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  FakeMethod<v1::CreateStreamRequest, v1::CreateStreamResponse> create_stream;
  FakeMethod<v1::DeleteStreamRequest, v1::DeleteStreamResponse> delete_stream;
  FakeMethod<v1::ListStreamsRequest, v1::ListStreamsResponse> list_streams;
  FakeMethod<v1::DescribeStreamRequest, v1::DescribeStreamResponse> describe_stream;
  FakeMethod<v1::DescribeStreamSummaryRequest, v1::DescribeStreamSummaryResponse>
      describe_stream_summary;
  FakeMethod<v1::ListShardsRequest, v1::ListShardsResponse> list_shards;
  FakeMethod<v1::SplitShardRequest, v1::SplitShardResponse> split_shard;
  FakeMethod<v1::MergeShardsRequest, v1::MergeShardsResponse> merge_shards;
  FakeMethod<v1::UpdateShardCountRequest, v1::UpdateShardCountResponse> update_shard_count;
  FakeMethod<v1::UpdateStreamModeRequest, v1::UpdateStreamModeResponse> update_stream_mode;
  FakeMethod<v1::UpdateStreamWarmThroughputRequest, v1::UpdateStreamWarmThroughputResponse>
      update_stream_warm_throughput;
  FakeMethod<v1::UpdateMaxRecordSizeRequest, v1::UpdateMaxRecordSizeResponse>
      update_max_record_size;
  FakeMethod<v1::UpdateStreamLimitsRequest, v1::UpdateStreamLimitsResponse> update_stream_limits;
  FakeMethod<v1::IncreaseStreamRetentionPeriodRequest, v1::IncreaseStreamRetentionPeriodResponse>
      increase_stream_retention_period;
  FakeMethod<v1::DecreaseStreamRetentionPeriodRequest, v1::DecreaseStreamRetentionPeriodResponse>
      decrease_stream_retention_period;
  FakeMethod<v1::StartStreamEncryptionRequest, v1::StartStreamEncryptionResponse>
      start_stream_encryption;
  FakeMethod<v1::StopStreamEncryptionRequest, v1::StopStreamEncryptionResponse>
      stop_stream_encryption;
  FakeMethod<v1::EnableEnhancedMonitoringRequest, v1::EnableEnhancedMonitoringResponse>
      enable_enhanced_monitoring;
  FakeMethod<v1::DisableEnhancedMonitoringRequest, v1::DisableEnhancedMonitoringResponse>
      disable_enhanced_monitoring;
  FakeMethod<v1::AddTagsToStreamRequest, v1::AddTagsToStreamResponse> add_tags_to_stream;
  FakeMethod<v1::RemoveTagsFromStreamRequest, v1::RemoveTagsFromStreamResponse>
      remove_tags_from_stream;
  FakeMethod<v1::ListTagsForStreamRequest, v1::ListTagsForStreamResponse> list_tags_for_stream;
  FakeMethod<v1::TagResourceRequest, v1::TagResourceResponse> tag_resource;
  FakeMethod<v1::UntagResourceRequest, v1::UntagResourceResponse> untag_resource;
  FakeMethod<v1::ListTagsForResourceRequest, v1::ListTagsForResourceResponse>
      list_tags_for_resource;

  FakeMethod<v1::RegisterStreamConsumerRequest, v1::RegisterStreamConsumerResponse>
      register_stream_consumer;
  FakeMethod<v1::DeregisterStreamConsumerRequest, v1::DeregisterStreamConsumerResponse>
      deregister_stream_consumer;
  FakeMethod<v1::DescribeStreamConsumerRequest, v1::DescribeStreamConsumerResponse>
      describe_stream_consumer;
  FakeMethod<v1::ListStreamConsumersRequest, v1::ListStreamConsumersResponse> list_stream_consumers;
  FakeMethod<v1::DescribeConsumerLagRequest, v1::DescribeConsumerLagResponse> describe_consumer_lag;

  FakeMethod<v1::PutRecordRequest, v1::PutRecordResponse> put_record;
  FakeMethod<v1::PutRecordsRequest, v1::PutRecordsResponse> put_records;
  FakeMethod<v1::GetShardIteratorRequest, v1::GetShardIteratorResponse> get_shard_iterator;
  FakeMethod<v1::GetRecordsRequest, v1::GetRecordsResponse> get_records;
  FakeSubscribe subscribe_to_shard;

  FakeMethod<v1::DescribeLimitsRequest, v1::DescribeLimitsResponse> describe_limits;
  FakeMethod<v1::DescribeAccountSettingsRequest, v1::DescribeAccountSettingsResponse>
      describe_account_settings;
  FakeMethod<v1::UpdateAccountSettingsRequest, v1::UpdateAccountSettingsResponse>
      update_account_settings;

 private:
  class StreamsService final : public v1::Streams::Service {
   public:
    explicit StreamsService(FakeBroker& fake) : fake_(fake) {}
    grpc::Status CreateStream(grpc::ServerContext* context, const v1::CreateStreamRequest* request,
                              v1::CreateStreamResponse* response) override {
      return fake_.create_stream.Run(context, request, response);
    }
    grpc::Status DeleteStream(grpc::ServerContext* context, const v1::DeleteStreamRequest* request,
                              v1::DeleteStreamResponse* response) override {
      return fake_.delete_stream.Run(context, request, response);
    }
    grpc::Status ListStreams(grpc::ServerContext* context, const v1::ListStreamsRequest* request,
                             v1::ListStreamsResponse* response) override {
      return fake_.list_streams.Run(context, request, response);
    }
    grpc::Status DescribeStream(grpc::ServerContext* context,
                                const v1::DescribeStreamRequest* request,
                                v1::DescribeStreamResponse* response) override {
      return fake_.describe_stream.Run(context, request, response);
    }
    grpc::Status DescribeStreamSummary(grpc::ServerContext* context,
                                       const v1::DescribeStreamSummaryRequest* request,
                                       v1::DescribeStreamSummaryResponse* response) override {
      return fake_.describe_stream_summary.Run(context, request, response);
    }
    grpc::Status ListShards(grpc::ServerContext* context, const v1::ListShardsRequest* request,
                            v1::ListShardsResponse* response) override {
      return fake_.list_shards.Run(context, request, response);
    }
    grpc::Status SplitShard(grpc::ServerContext* context, const v1::SplitShardRequest* request,
                            v1::SplitShardResponse* response) override {
      return fake_.split_shard.Run(context, request, response);
    }
    grpc::Status MergeShards(grpc::ServerContext* context, const v1::MergeShardsRequest* request,
                             v1::MergeShardsResponse* response) override {
      return fake_.merge_shards.Run(context, request, response);
    }
    grpc::Status UpdateShardCount(grpc::ServerContext* context,
                                  const v1::UpdateShardCountRequest* request,
                                  v1::UpdateShardCountResponse* response) override {
      return fake_.update_shard_count.Run(context, request, response);
    }
    grpc::Status UpdateStreamMode(grpc::ServerContext* context,
                                  const v1::UpdateStreamModeRequest* request,
                                  v1::UpdateStreamModeResponse* response) override {
      return fake_.update_stream_mode.Run(context, request, response);
    }
    grpc::Status UpdateStreamWarmThroughput(
        grpc::ServerContext* context, const v1::UpdateStreamWarmThroughputRequest* request,
        v1::UpdateStreamWarmThroughputResponse* response) override {
      return fake_.update_stream_warm_throughput.Run(context, request, response);
    }
    grpc::Status UpdateMaxRecordSize(grpc::ServerContext* context,
                                     const v1::UpdateMaxRecordSizeRequest* request,
                                     v1::UpdateMaxRecordSizeResponse* response) override {
      return fake_.update_max_record_size.Run(context, request, response);
    }
    grpc::Status UpdateStreamLimits(grpc::ServerContext* context,
                                    const v1::UpdateStreamLimitsRequest* request,
                                    v1::UpdateStreamLimitsResponse* response) override {
      return fake_.update_stream_limits.Run(context, request, response);
    }
    grpc::Status IncreaseStreamRetentionPeriod(
        grpc::ServerContext* context, const v1::IncreaseStreamRetentionPeriodRequest* request,
        v1::IncreaseStreamRetentionPeriodResponse* response) override {
      return fake_.increase_stream_retention_period.Run(context, request, response);
    }
    grpc::Status DecreaseStreamRetentionPeriod(
        grpc::ServerContext* context, const v1::DecreaseStreamRetentionPeriodRequest* request,
        v1::DecreaseStreamRetentionPeriodResponse* response) override {
      return fake_.decrease_stream_retention_period.Run(context, request, response);
    }
    grpc::Status StartStreamEncryption(grpc::ServerContext* context,
                                       const v1::StartStreamEncryptionRequest* request,
                                       v1::StartStreamEncryptionResponse* response) override {
      return fake_.start_stream_encryption.Run(context, request, response);
    }
    grpc::Status StopStreamEncryption(grpc::ServerContext* context,
                                      const v1::StopStreamEncryptionRequest* request,
                                      v1::StopStreamEncryptionResponse* response) override {
      return fake_.stop_stream_encryption.Run(context, request, response);
    }
    grpc::Status EnableEnhancedMonitoring(grpc::ServerContext* context,
                                          const v1::EnableEnhancedMonitoringRequest* request,
                                          v1::EnableEnhancedMonitoringResponse* response) override {
      return fake_.enable_enhanced_monitoring.Run(context, request, response);
    }
    grpc::Status DisableEnhancedMonitoring(
        grpc::ServerContext* context, const v1::DisableEnhancedMonitoringRequest* request,
        v1::DisableEnhancedMonitoringResponse* response) override {
      return fake_.disable_enhanced_monitoring.Run(context, request, response);
    }
    grpc::Status AddTagsToStream(grpc::ServerContext* context,
                                 const v1::AddTagsToStreamRequest* request,
                                 v1::AddTagsToStreamResponse* response) override {
      return fake_.add_tags_to_stream.Run(context, request, response);
    }
    grpc::Status RemoveTagsFromStream(grpc::ServerContext* context,
                                      const v1::RemoveTagsFromStreamRequest* request,
                                      v1::RemoveTagsFromStreamResponse* response) override {
      return fake_.remove_tags_from_stream.Run(context, request, response);
    }
    grpc::Status ListTagsForStream(grpc::ServerContext* context,
                                   const v1::ListTagsForStreamRequest* request,
                                   v1::ListTagsForStreamResponse* response) override {
      return fake_.list_tags_for_stream.Run(context, request, response);
    }
    grpc::Status TagResource(grpc::ServerContext* context, const v1::TagResourceRequest* request,
                             v1::TagResourceResponse* response) override {
      return fake_.tag_resource.Run(context, request, response);
    }
    grpc::Status UntagResource(grpc::ServerContext* context,
                               const v1::UntagResourceRequest* request,
                               v1::UntagResourceResponse* response) override {
      return fake_.untag_resource.Run(context, request, response);
    }
    grpc::Status ListTagsForResource(grpc::ServerContext* context,
                                     const v1::ListTagsForResourceRequest* request,
                                     v1::ListTagsForResourceResponse* response) override {
      return fake_.list_tags_for_resource.Run(context, request, response);
    }

   private:
    FakeBroker& fake_;
  };

  class ConsumersService final : public v1::Consumers::Service {
   public:
    explicit ConsumersService(FakeBroker& fake) : fake_(fake) {}
    grpc::Status RegisterStreamConsumer(grpc::ServerContext* context,
                                        const v1::RegisterStreamConsumerRequest* request,
                                        v1::RegisterStreamConsumerResponse* response) override {
      return fake_.register_stream_consumer.Run(context, request, response);
    }
    grpc::Status DeregisterStreamConsumer(grpc::ServerContext* context,
                                          const v1::DeregisterStreamConsumerRequest* request,
                                          v1::DeregisterStreamConsumerResponse* response) override {
      return fake_.deregister_stream_consumer.Run(context, request, response);
    }
    grpc::Status DescribeStreamConsumer(grpc::ServerContext* context,
                                        const v1::DescribeStreamConsumerRequest* request,
                                        v1::DescribeStreamConsumerResponse* response) override {
      return fake_.describe_stream_consumer.Run(context, request, response);
    }
    grpc::Status ListStreamConsumers(grpc::ServerContext* context,
                                     const v1::ListStreamConsumersRequest* request,
                                     v1::ListStreamConsumersResponse* response) override {
      return fake_.list_stream_consumers.Run(context, request, response);
    }
    grpc::Status DescribeConsumerLag(grpc::ServerContext* context,
                                     const v1::DescribeConsumerLagRequest* request,
                                     v1::DescribeConsumerLagResponse* response) override {
      return fake_.describe_consumer_lag.Run(context, request, response);
    }

   private:
    FakeBroker& fake_;
  };

  class RecordsService final : public v1::Records::Service {
   public:
    explicit RecordsService(FakeBroker& fake) : fake_(fake) {}
    grpc::Status PutRecord(grpc::ServerContext* context, const v1::PutRecordRequest* request,
                           v1::PutRecordResponse* response) override {
      return fake_.put_record.Run(context, request, response);
    }
    grpc::Status PutRecords(grpc::ServerContext* context, const v1::PutRecordsRequest* request,
                            v1::PutRecordsResponse* response) override {
      return fake_.put_records.Run(context, request, response);
    }
    grpc::Status GetShardIterator(grpc::ServerContext* context,
                                  const v1::GetShardIteratorRequest* request,
                                  v1::GetShardIteratorResponse* response) override {
      return fake_.get_shard_iterator.Run(context, request, response);
    }
    grpc::Status GetRecords(grpc::ServerContext* context, const v1::GetRecordsRequest* request,
                            v1::GetRecordsResponse* response) override {
      return fake_.get_records.Run(context, request, response);
    }
    grpc::Status SubscribeToShard(grpc::ServerContext* context,
                                  const v1::SubscribeToShardRequest* request,
                                  FakeSubscribe::Writer* writer) override {
      return fake_.subscribe_to_shard.Run(context, request, writer);
    }

   private:
    FakeBroker& fake_;
  };

  class AccountService final : public v1::Account::Service {
   public:
    explicit AccountService(FakeBroker& fake) : fake_(fake) {}
    grpc::Status DescribeLimits(grpc::ServerContext* context,
                                const v1::DescribeLimitsRequest* request,
                                v1::DescribeLimitsResponse* response) override {
      return fake_.describe_limits.Run(context, request, response);
    }
    grpc::Status DescribeAccountSettings(grpc::ServerContext* context,
                                         const v1::DescribeAccountSettingsRequest* request,
                                         v1::DescribeAccountSettingsResponse* response) override {
      return fake_.describe_account_settings.Run(context, request, response);
    }
    grpc::Status UpdateAccountSettings(grpc::ServerContext* context,
                                       const v1::UpdateAccountSettingsRequest* request,
                                       v1::UpdateAccountSettingsResponse* response) override {
      return fake_.update_account_settings.Run(context, request, response);
    }

   private:
    FakeBroker& fake_;
  };

  int port_ = 0;
  StreamsService streams_{*this};
  ConsumersService consumers_{*this};
  RecordsService records_{*this};
  AccountService account_{*this};
  std::unique_ptr<grpc::Server> server_;
};

// Patient enough for a slow machine, quick to try again, and without waits of its own.
inline ClientOptions OptionsFor(const FakeBroker& broker) {
  ClientOptions options;
  options.endpoint = broker.endpoint();
  options.retry_delay_initial = absl::Milliseconds(1);
  options.retry_delay_max = absl::Milliseconds(4);
  options.retry_seed = 1;
  options.sleep = [](absl::Duration) {};
  return options;
}

}  // namespace penstock::test
