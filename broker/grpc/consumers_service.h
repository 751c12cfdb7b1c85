// ConsumersService: penstock.v1.Consumers in front of a ConsumerRegistry and a ConsumerLagSource.
//
// Holds no rule of its own. Callback API. Registering and deregistering are finished from the
// catalog's executor; everything else is answered at once on gRPC's thread, from memory or as
// ConsumerLagSource says. What it
// refers to must outlive the service, and the server must have stopped before either goes.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "broker/stream/consumer_lag.h"
#include "broker/stream/consumer_registry.h"
#include "penstock/v1/consumers.grpc.pb.h"

namespace penstock::broker {

class ConsumersService final : public v1::Consumers::CallbackService {
 public:
  ConsumersService(ConsumerRegistry& registry, ConsumerLagSource& lag)
      : registry_(registry), lag_(lag) {}

  ::grpc::ServerUnaryReactor* RegisterStreamConsumer(
      ::grpc::CallbackServerContext* context, const v1::RegisterStreamConsumerRequest* request,
      v1::RegisterStreamConsumerResponse* response) override;
  ::grpc::ServerUnaryReactor* DeregisterStreamConsumer(
      ::grpc::CallbackServerContext* context, const v1::DeregisterStreamConsumerRequest* request,
      v1::DeregisterStreamConsumerResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeStreamConsumer(
      ::grpc::CallbackServerContext* context, const v1::DescribeStreamConsumerRequest* request,
      v1::DescribeStreamConsumerResponse* response) override;
  ::grpc::ServerUnaryReactor* ListStreamConsumers(
      ::grpc::CallbackServerContext* context, const v1::ListStreamConsumersRequest* request,
      v1::ListStreamConsumersResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeConsumerLag(
      ::grpc::CallbackServerContext* context, const v1::DescribeConsumerLagRequest* request,
      v1::DescribeConsumerLagResponse* response) override;

 private:
  ConsumerRegistry& registry_;
  ConsumerLagSource& lag_;
};

}  // namespace penstock::broker
