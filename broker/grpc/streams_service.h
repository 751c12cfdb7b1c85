// StreamsService: penstock.v1.Streams in front of a StreamCatalog.
//
// Holds no rule of its own: it copies requests in and results out. Callback API. Creating and
// deleting block on the disk, which the catalog does on its executor and finishes the call from
// there; everything else is answered at once from memory, on gRPC's thread. The catalog must
// outlive the service, and the server must have stopped before either goes.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "broker/stream/stream_catalog.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::broker {

class StreamsService final : public v1::Streams::CallbackService {
 public:
  explicit StreamsService(StreamCatalog& catalog) : catalog_(catalog) {}

  ::grpc::ServerUnaryReactor* CreateStream(::grpc::CallbackServerContext* context,
                                           const v1::CreateStreamRequest* request,
                                           v1::CreateStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* DeleteStream(::grpc::CallbackServerContext* context,
                                           const v1::DeleteStreamRequest* request,
                                           v1::DeleteStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* ListStreams(::grpc::CallbackServerContext* context,
                                          const v1::ListStreamsRequest* request,
                                          v1::ListStreamsResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeStream(::grpc::CallbackServerContext* context,
                                             const v1::DescribeStreamRequest* request,
                                             v1::DescribeStreamResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeStreamSummary(
      ::grpc::CallbackServerContext* context, const v1::DescribeStreamSummaryRequest* request,
      v1::DescribeStreamSummaryResponse* response) override;
  ::grpc::ServerUnaryReactor* ListShards(::grpc::CallbackServerContext* context,
                                         const v1::ListShardsRequest* request,
                                         v1::ListShardsResponse* response) override;

 private:
  StreamCatalog& catalog_;
};

}  // namespace penstock::broker
