// RecordsService: penstock.v1.Records in front of a RecordPlane.
//
// All methods take and give raw bytes (records_wire.h); they parse, call the plane and encode its
// answer, and hold no rule of their own. Callback API: requests are parsed on gRPC's threads, puts
// are answered on the log's thread, reads on the plane's executor. The plane must outlive the
// service, and the server must have stopped before either goes.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "broker/metrics/method_metrics.h"
#include "broker/record/record_plane.h"
#include "penstock/v1/records.grpc.pb.h"

namespace penstock::broker {

// The generated service with every method in its raw form.
using RawRecordsService =
    v1::Records::WithRawCallbackMethod_PutRecord<v1::Records::WithRawCallbackMethod_PutRecords<
        v1::Records::WithRawCallbackMethod_GetShardIterator<
            v1::Records::WithRawCallbackMethod_GetRecords<
                v1::Records::WithRawCallbackMethod_SubscribeToShard<v1::Records::Service>>>>>;

class RecordsService final : public RawRecordsService {
 public:
  // Counts the calls of its hot methods (method_interceptor.h) in `metrics`, which must outlive it;
  // null counts none.
  explicit RecordsService(RecordPlane& plane, MethodMetrics* metrics = nullptr);

  ::grpc::ServerUnaryReactor* PutRecord(::grpc::CallbackServerContext* context,
                                        const ::grpc::ByteBuffer* request,
                                        ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* PutRecords(::grpc::CallbackServerContext* context,
                                         const ::grpc::ByteBuffer* request,
                                         ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* GetShardIterator(::grpc::CallbackServerContext* context,
                                               const ::grpc::ByteBuffer* request,
                                               ::grpc::ByteBuffer* response) override;
  ::grpc::ServerUnaryReactor* GetRecords(::grpc::CallbackServerContext* context,
                                         const ::grpc::ByteBuffer* request,
                                         ::grpc::ByteBuffer* response) override;
  ::grpc::ServerWriteReactor<::grpc::ByteBuffer>* SubscribeToShard(
      ::grpc::CallbackServerContext* context, const ::grpc::ByteBuffer* request) override;

 private:
  RecordPlane& plane_;
  // Null where nothing is counted.
  MethodMeter* const put_record_;
  MethodMeter* const put_records_;
  MethodMeter* const get_records_;
};

}  // namespace penstock::broker
