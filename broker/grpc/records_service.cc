#include "broker/grpc/records_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/grpc/byte_buffer.h"
#include "broker/grpc/grpc_status.h"
#include "broker/grpc/method_interceptor.h"
#include "broker/grpc/records_wire.h"
#include "broker/grpc/subscribe_reactor.h"
#include "common/error.h"
#include "common/status_macros.h"
#include "penstock/v1/records.pb.h"

namespace penstock::broker {
namespace {

using ::grpc::ByteBuffer;
using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

// One GetRecords: hands the client's cancellation on, and holds the read's charge until the answer
// is sent. Owns itself from its first call to OnDone.
class GetRecordsReactor final : public ServerUnaryReactor {
 public:
  GetRecordsReactor(RecordPlane& plane, MethodMeter* meter, const std::string& connection,
                    const ByteBuffer& request, ByteBuffer* response)
      : counted_(meter), response_(response) {
    if (absl::Status started = Start(plane, connection, request); !started.ok()) End(started);
  }

  // gRPC calls both only after the method has returned this, hence after call_ is set.
  void OnCancel() override {
    if (call_ != nullptr) call_->Cancel();
  }
  void OnDone() override { delete this; }

 private:
  absl::Status Start(RecordPlane& plane, const std::string& connection, const ByteBuffer& buffer) {
    ASSIGN_OR_RETURN(const FlatRequest flat, FlatRequest::From(buffer));
    ASSIGN_OR_RETURN(GetRecordsRequest request, ParseGetRecords(flat.bytes()));
    request.connection = connection;
    call_ = plane.GetRecords(
        request, [this](absl::StatusOr<GetRecordsResult> result) { Answer(std::move(result)); });
    return absl::OkStatus();
  }

  void Answer(absl::StatusOr<GetRecordsResult> result) {
    if (result.ok()) {
      *response_ = ToByteBuffer(EncodeGetRecords(*result));
      charge_ = std::move(result->charge);
    }
    End(result.status());
  }

  // Counted before it is finished: this may be gone after that.
  void End(const absl::Status& status) {
    counted_.End(MethodResult::Of(status));
    Finish(ToGrpcStatus(status));
  }

  const MethodCall counted_;
  ByteBuffer* const response_;
  std::shared_ptr<GetRecordsCall> call_;
  ReadBudget::Charge charge_;
};

// A call that is answered through gRPC's own reactor, and counted.
struct UnaryCall {
  MethodCall counted;
  ByteBuffer* response;
  ServerUnaryReactor* reactor;

  void End(const absl::Status& status) const {
    counted.End(MethodResult::Of(status));
    reactor->Finish(ToGrpcStatus(status));
  }
};

// The bytes of a put are held until its answer: one that meets a reshard reads them again. On the
// heap, as a short slice has its bytes in itself.
absl::StatusOr<std::unique_ptr<FlatRequest>> Hold(const ByteBuffer& buffer) {
  ASSIGN_OR_RETURN(FlatRequest flat, FlatRequest::From(buffer));
  return std::make_unique<FlatRequest>(std::move(flat));
}

absl::Status StartPutRecord(RecordPlane& plane, const ByteBuffer& buffer, const UnaryCall& call) {
  ASSIGN_OR_RETURN(std::unique_ptr<FlatRequest> flat, Hold(buffer));
  ASSIGN_OR_RETURN(const PutRecordMessage request, ParsePutRecord(flat->bytes()));
  plane.PutRecord(
      request.stream_name, request.record,
      [call, flat = std::move(flat)](absl::StatusOr<PutResult> result) {
        if (result.ok()) *call.response = ToByteBuffer(EncodePutRecord(*result));
        call.End(result.status());
      },
      request.options);
  return absl::OkStatus();
}

absl::Status StartPutRecords(RecordPlane& plane, const ByteBuffer& buffer, const UnaryCall& call) {
  ASSIGN_OR_RETURN(std::unique_ptr<FlatRequest> flat, Hold(buffer));
  ASSIGN_OR_RETURN(PutRecordsMessage request, ParsePutRecords(flat->bytes()));
  plane.PutRecords(
      request.stream_name, std::move(request.records),
      [call, flat = std::move(flat)](absl::StatusOr<std::vector<PutResult>> results) {
        if (results.ok()) *call.response = ToByteBuffer(EncodePutRecords(*results));
        call.End(results.status());
      },
      request.options);
  return absl::OkStatus();
}

absl::StatusOr<std::string> AnswerGetShardIterator(RecordPlane& plane, const ByteBuffer& buffer) {
  ASSIGN_OR_RETURN(const FlatRequest flat, FlatRequest::From(buffer));
  const std::string_view bytes = flat.bytes();
  v1::GetShardIteratorRequest message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MakeError(ErrorReason::kInvalidArgument,
                     "request is not a well-formed penstock.v1.GetShardIteratorRequest");
  }
  GetShardIteratorRequest request;
  request.stream_name = message.stream_name();
  request.shard_id = message.shard_id();
  request.type = static_cast<ShardIteratorType>(message.shard_iterator_type());
  if (message.has_starting_sequence_number())
    request.starting_sequence_number = message.starting_sequence_number();
  if (message.has_timestamp_ms()) request.timestamp_ms = message.timestamp_ms();
  request.dry_run = message.dry_run();
  v1::GetShardIteratorResponse response;
  ASSIGN_OR_RETURN(*response.mutable_shard_iterator(), plane.GetShardIterator(request));
  return response.SerializeAsString();
}

MethodMeter* MeterOf(MethodMetrics* metrics, std::string_view method) {
  return metrics == nullptr ? nullptr : &metrics->Get(method);
}

}  // namespace

RecordsService::RecordsService(RecordPlane& plane, MethodMetrics* metrics)
    : plane_(plane),
      put_record_(MeterOf(metrics, kPutRecordMethod)),
      put_records_(MeterOf(metrics, kPutRecordsMethod)),
      get_records_(MeterOf(metrics, kGetRecordsMethod)) {}

ServerUnaryReactor* RecordsService::PutRecord(CallbackServerContext* context,
                                              const ByteBuffer* request, ByteBuffer* response) {
  const UnaryCall call{MethodCall(put_record_), response, context->DefaultReactor()};
  const absl::Status started = StartPutRecord(plane_, *request, call);
  if (!started.ok()) call.End(started);
  return call.reactor;
}

ServerUnaryReactor* RecordsService::PutRecords(CallbackServerContext* context,
                                               const ByteBuffer* request, ByteBuffer* response) {
  const UnaryCall call{MethodCall(put_records_), response, context->DefaultReactor()};
  const absl::Status started = StartPutRecords(plane_, *request, call);
  if (!started.ok()) call.End(started);
  return call.reactor;
}

ServerUnaryReactor* RecordsService::GetShardIterator(CallbackServerContext* context,
                                                     const ByteBuffer* request,
                                                     ByteBuffer* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  absl::StatusOr<std::string> answer = AnswerGetShardIterator(plane_, *request);
  const ::grpc::Status status = ToGrpcStatus(answer.status());
  if (answer.ok()) *response = ToByteBuffer(*std::move(answer));
  reactor->Finish(status);
  return reactor;
}

ServerUnaryReactor* RecordsService::GetRecords(CallbackServerContext* context,
                                               const ByteBuffer* request, ByteBuffer* response) {
  // A peer is an address and a port: one connection.
  return new GetRecordsReactor(plane_, get_records_, context->peer(), *request, response);
}

::grpc::ServerWriteReactor<ByteBuffer>* RecordsService::SubscribeToShard(
    CallbackServerContext* context, const ByteBuffer* request) {
  return SubscribeReactor::Start(plane_.subscriptions(), context, *request);
}

}  // namespace penstock::broker
