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

class FakeBroker {
 public:
  FakeBroker() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(16 << 20);
    builder.RegisterService(&streams_);
    builder.RegisterService(&records_);
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
  FakeMethod<v1::PutRecordRequest, v1::PutRecordResponse> put_record;
  FakeMethod<v1::PutRecordsRequest, v1::PutRecordsResponse> put_records;
  FakeMethod<v1::GetShardIteratorRequest, v1::GetShardIteratorResponse> get_shard_iterator;
  FakeMethod<v1::GetRecordsRequest, v1::GetRecordsResponse> get_records;

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

   private:
    FakeBroker& fake_;
  };

  int port_ = 0;
  StreamsService streams_{*this};
  RecordsService records_{*this};
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
