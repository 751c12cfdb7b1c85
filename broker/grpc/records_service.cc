#include "broker/grpc/records_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/grpc/byte_buffer.h"
#include "broker/grpc/grpc_status.h"
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
  GetRecordsReactor(RecordPlane& plane, const std::string& connection, const ByteBuffer& request,
                    ByteBuffer* response)
      : response_(response) {
    if (absl::Status started = Start(plane, connection, request); !started.ok())
      Finish(ToGrpcStatus(started));
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
    if (!result.ok()) return Finish(ToGrpcStatus(result.status()));
    *response_ = ToByteBuffer(EncodeGetRecords(*result));
    charge_ = std::move(result->charge);
    Finish(::grpc::Status::OK);
  }

  ByteBuffer* const response_;
  std::shared_ptr<GetRecordsCall> call_;
  ReadBudget::Charge charge_;
};

// The bytes of a put are held until its answer: one that meets a reshard reads them again. On the
// heap, as a short slice has its bytes in itself.
absl::StatusOr<std::unique_ptr<FlatRequest>> Hold(const ByteBuffer& buffer) {
  ASSIGN_OR_RETURN(FlatRequest flat, FlatRequest::From(buffer));
  return std::make_unique<FlatRequest>(std::move(flat));
}

absl::Status StartPutRecord(RecordPlane& plane, const ByteBuffer& buffer, ByteBuffer* response,
                            ServerUnaryReactor* reactor) {
  ASSIGN_OR_RETURN(std::unique_ptr<FlatRequest> flat, Hold(buffer));
  ASSIGN_OR_RETURN(const PutRecordMessage request, ParsePutRecord(flat->bytes()));
  plane.PutRecord(
      request.stream_name, request.record,
      [response, reactor, flat = std::move(flat)](absl::StatusOr<PutResult> result) {
        if (result.ok()) *response = ToByteBuffer(EncodePutRecord(*result));
        reactor->Finish(ToGrpcStatus(result.status()));
      },
      request.options);
  return absl::OkStatus();
}

absl::Status StartPutRecords(RecordPlane& plane, const ByteBuffer& buffer, ByteBuffer* response,
                             ServerUnaryReactor* reactor) {
  ASSIGN_OR_RETURN(std::unique_ptr<FlatRequest> flat, Hold(buffer));
  ASSIGN_OR_RETURN(PutRecordsMessage request, ParsePutRecords(flat->bytes()));
  plane.PutRecords(
      request.stream_name, std::move(request.records),
      [response, reactor, flat = std::move(flat)](absl::StatusOr<std::vector<PutResult>> results) {
        if (results.ok()) *response = ToByteBuffer(EncodePutRecords(*results));
        reactor->Finish(ToGrpcStatus(results.status()));
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

}  // namespace

ServerUnaryReactor* RecordsService::PutRecord(CallbackServerContext* context,
                                              const ByteBuffer* request, ByteBuffer* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::Status started = StartPutRecord(plane_, *request, response, reactor);
  if (!started.ok()) reactor->Finish(ToGrpcStatus(started));
  return reactor;
}

ServerUnaryReactor* RecordsService::PutRecords(CallbackServerContext* context,
                                               const ByteBuffer* request, ByteBuffer* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  const absl::Status started = StartPutRecords(plane_, *request, response, reactor);
  if (!started.ok()) reactor->Finish(ToGrpcStatus(started));
  return reactor;
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
  return new GetRecordsReactor(plane_, context->peer(), *request, response);
}

::grpc::ServerWriteReactor<ByteBuffer>* RecordsService::SubscribeToShard(
    CallbackServerContext* context, const ByteBuffer* request) {
  return SubscribeReactor::Start(plane_.subscriptions(), context, *request);
}

}  // namespace penstock::broker
