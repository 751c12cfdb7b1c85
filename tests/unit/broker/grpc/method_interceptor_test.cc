#include "broker/grpc/method_interceptor.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "broker/grpc/grpc_server.h"
#include "broker/grpc/grpc_status.h"
#include "broker/grpc/records_service.h"
#include "penstock/v1/records.grpc.pb.h"
#include "tests/support/control_pool.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

struct CountedFixture : RecordPlaneFixture {
  ~CountedFixture() {
    plane->Stop();
    server->Stop(std::chrono::seconds(10));
  }

  template <typename Request, typename Response>
  ::grpc::StatusCode Call(::grpc::Status (v1::Records::Stub::*method)(::grpc::ClientContext*,
                                                                      const Request&, Response*),
                          const Request& request) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    Response response;
    return (stub.get()->*method)(&context, request, &response).error_code();
  }

  // "OK 2, NOT_FOUND/STREAM_NOT_FOUND 1". A call is counted before it is answered.
  std::string Counts(std::string_view method) {
    std::string text;
    for (const MethodMeter::Count& count : metrics.Get(method).Counts()) {
      const std::string reason(count.result.ReasonName());
      text += (text.empty() ? "" : ", ") + count.result.CodeName() +
              (reason.empty() ? "" : "/" + reason) + " " + std::to_string(count.calls);
    }
    return text;
  }

  MethodMetrics metrics;
  RecordsService service{*plane, &metrics};
  std::unique_ptr<GrpcServer> server =
      GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service}, .metrics = &metrics})
          .value();
  std::unique_ptr<v1::Records::Stub> stub = v1::Records::NewStub(::grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(server->port()), ::grpc::InsecureChannelCredentials()));
};

TEST_CASE_METHOD(CountedFixture, "method metrics: every method is counted, once a call") {
  v1::PutRecordRequest put;
  put.set_stream_name("orders");
  put.set_partition_key("key");
  CHECK(Call(&v1::Records::Stub::PutRecord, put) == ::grpc::OK);
  CHECK(Call(&v1::Records::Stub::PutRecord, put) == ::grpc::OK);
  put.set_stream_name("none");
  CHECK(Call(&v1::Records::Stub::PutRecord, put) == ::grpc::NOT_FOUND);
  CHECK(Counts(kPutRecordMethod) == "OK 2, NOT_FOUND/STREAM_NOT_FOUND 1");

  v1::PutRecordsRequest many;
  many.set_stream_name("orders");
  CHECK(Call(&v1::Records::Stub::PutRecords, many) == ::grpc::INVALID_ARGUMENT);
  CHECK(Counts(kPutRecordsMethod) == "OK 0, INVALID_ARGUMENT/INVALID_ARGUMENT 1");

  v1::GetRecordsRequest get;
  get.set_shard_iterator("nonsense");
  CHECK(Call(&v1::Records::Stub::GetRecords, get) == ::grpc::INVALID_ARGUMENT);
  get.set_shard_iterator(Horizon());
  CHECK(Call(&v1::Records::Stub::GetRecords, get) == ::grpc::OK);
  CHECK(Counts(kGetRecordsMethod) == "OK 1, INVALID_ARGUMENT/INVALID_ITERATOR 1");

  // Counted by the interceptor; the reason is that of the details.
  v1::GetShardIteratorRequest iterator;
  iterator.set_stream_name("none");
  iterator.set_shard_id("shardId-000000000000");
  iterator.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_LATEST);
  CHECK(Call(&v1::Records::Stub::GetShardIterator, iterator) == ::grpc::NOT_FOUND);
  iterator.set_stream_name("orders");
  CHECK(Call(&v1::Records::Stub::GetShardIterator, iterator) == ::grpc::OK);
  CHECK(Counts("penstock.v1.Records/GetShardIterator") == "OK 1, NOT_FOUND/STREAM_NOT_FOUND 1");

  // Health checks, as the server's own tick makes them, are not among them.
  CHECK(metrics.All().size() == 4);
  for (const MethodMetrics::Entry& entry : metrics.All()) CHECK(entry.meter->InFlight() == 0);
}

TEST_CASE_METHOD(CountedFixture, "method metrics: a call whose caller has gone is cancelled") {
  v1::GetRecordsRequest get;
  get.set_shard_iterator(Iterator(ShardIteratorType::kLatest).value());
  get.set_max_wait_ms(kGetRecordsWaitMsMax);
  ::grpc::ClientContext context;
  ::grpc::StatusCode code = ::grpc::OK;
  std::thread caller([&] {
    v1::GetRecordsResponse response;
    code = stub->GetRecords(&context, get, &response).error_code();
  });
  // It is with the broker, which waits for records.
  CHECK(testing::WaitUntil([&] { return metrics.Get(kGetRecordsMethod).InFlight() == 1; }));
  context.TryCancel();
  caller.join();
  CHECK(code == ::grpc::CANCELLED);
  CHECK(testing::WaitUntil([&] { return Counts(kGetRecordsMethod) == "OK 0, CANCELLED 1"; }));
}

TEST_CASE("method metrics: the result of a gRPC status") {
  CHECK(ResultOf(::grpc::Status::OK) == MethodResult::Ok());
  for (const ErrorReason reason : {ErrorReason::kStreamNotFound, ErrorReason::kOverloaded,
                                   ErrorReason::kInvalidArgument, ErrorReason::kInternalFailure})
    CHECK(ResultOf(ToGrpcStatus(MakeError(reason, "x"))) == MethodResult::Error(reason));
  CHECK(ResultOf(::grpc::Status::CANCELLED) == MethodResult::Cancelled());
  // gRPC's own errors have no details.
  CHECK(ResultOf({::grpc::RESOURCE_EXHAUSTED, "too large"}) ==
        MethodResult::Error(ErrorReason::kOverloaded));
  CHECK(ResultOf({::grpc::UNKNOWN, "?", "not a Status"}) ==
        MethodResult::Error(ErrorReason::kInternalFailure));
}

}  // namespace
}  // namespace penstock::broker
