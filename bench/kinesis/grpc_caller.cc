#include "bench/kinesis/grpc_caller.h"

#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "common/check.h"
#include "common/limits.h"
#include "penstock/v1/records.grpc.pb.h"

namespace penstock::bench {

struct GrpcConnections::Connection {
  std::unique_ptr<v1::Records::Stub> stub;
};

namespace {

using Stub = v1::Records::Stub;

// `Method` of the stub, with `is_good` telling whether the answer is the expected one.
template <typename Request, typename Response, typename IsGood>
class StubCaller : public Caller {
 public:
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  StubCaller(std::shared_ptr<void> connection, Stub* stub, Method method, Request request,
             IsGood is_good)
      : connection_(std::move(connection)),
        stub_(stub),
        method_(method),
        request_(std::move(request)),
        is_good_(is_good) {}

  void Call() override {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = (stub_->*method_)(&context, request_, &response);
    CHECK(status.ok());
    CHECK(is_good_(response));
  }

 private:
  const std::shared_ptr<void> connection_;
  Stub* const stub_;
  const Method method_;
  const Request request_;
  const IsGood is_good_;
};

template <typename Request, typename Response, typename IsGood>
std::unique_ptr<Caller> NewCaller(std::shared_ptr<void> connection, Stub* stub,
                                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  Request request, IsGood is_good) {
  return std::make_unique<StubCaller<Request, Response, IsGood>>(
      std::move(connection), stub, method, std::move(request), is_good);
}

}  // namespace

GrpcConnections::GrpcConnections(const std::string& endpoint, size_t count) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
  arguments.SetMaxSendMessageSize(kGrpcMessageBytesMax);
  for (size_t i = 0; i < count; ++i) {
    auto connection = std::make_shared<Connection>();
    connection->stub = v1::Records::NewStub(
        grpc::CreateCustomChannel(endpoint, grpc::InsecureChannelCredentials(), arguments));
    connections_.push_back(std::move(connection));
  }
}

GrpcConnections::~GrpcConnections() = default;

std::unique_ptr<Caller> GrpcConnections::NewPutRecords(size_t caller, const std::string& stream,
                                                       const std::vector<TestRecord>& records) {
  v1::PutRecordsRequest request;
  request.set_stream_name(stream);
  for (const TestRecord& record : records) {
    v1::PutRecordsRequestEntry& entry = *request.add_records();
    entry.set_data(record.data);
    entry.set_partition_key(record.partition_key);
  }
  const auto& connection = connections_[caller % connections_.size()];
  return NewCaller(connection, connection->stub.get(), &Stub::PutRecords, std::move(request),
                   [count = records.size()](const v1::PutRecordsResponse& response) {
                     return response.failed_record_count() == 0 &&
                            static_cast<size_t>(response.records_size()) == count;
                   });
}

std::unique_ptr<Caller> GrpcConnections::NewPutRecord(size_t caller, const std::string& stream,
                                                      const TestRecord& record) {
  v1::PutRecordRequest request;
  request.set_stream_name(stream);
  request.set_data(record.data);
  request.set_partition_key(record.partition_key);
  const auto& connection = connections_[caller % connections_.size()];
  return NewCaller(
      connection, connection->stub.get(), &Stub::PutRecord, std::move(request),
      [](const v1::PutRecordResponse& response) { return !response.shard_id().empty(); });
}

std::unique_ptr<Caller> GrpcConnections::NewGetRecords(size_t caller, const std::string& iterator,
                                                       size_t limit) {
  v1::GetRecordsRequest request;
  request.set_shard_iterator(iterator);
  request.set_limit(static_cast<uint32_t>(limit));
  const auto& connection = connections_[caller % connections_.size()];
  return NewCaller(connection, connection->stub.get(), &Stub::GetRecords, std::move(request),
                   [limit](const v1::GetRecordsResponse& response) {
                     return static_cast<size_t>(response.records_size()) == limit;
                   });
}

}  // namespace penstock::bench
