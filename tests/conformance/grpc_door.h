// GrpcDoor: penstock.v1 over gRPC, the method of the operation's name found through the descriptors.
//
// Outputs are JSON of the message: names as in the .proto, 64-bit numbers as texts, bytes in base64,
// members of enums without their prefix; fields without presence are there with their defaults.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "penstock/v1/records.grpc.pb.h"
#include "tests/conformance/door.h"

namespace penstock::conformance {

class GrpcDoor final : public Door {
 public:
  explicit GrpcDoor(const std::shared_ptr<::grpc::Channel>& channel);
  // Cancels its subscriptions.
  ~GrpcDoor() override;

  std::string name() const override { return "gRPC"; }
  const std::string& InputOf(const Row& row) const override { return row.grpc; }
  std::string ErrorOf(const Row& row) const override;
  const std::string& PointerOf(const Kept& kept) const override { return kept.grpc; }
  Answer Call(const std::string& operation, const nlohmann::json& input) override;
  nlohmann::json Comparable(const std::string& operation,
                            const nlohmann::json& output) const override;

 private:
  struct Subscriber {
    ::grpc::ClientContext context;
    std::unique_ptr<::grpc::ClientReader<v1::SubscribeToShardEvent>> reader;
  };

  Answer Subscribe(const nlohmann::json& input);

  ::grpc::GenericStub stub_;
  const std::unique_ptr<v1::Records::Stub> records_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
};

}  // namespace penstock::conformance
