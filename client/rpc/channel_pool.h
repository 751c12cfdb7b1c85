// ChannelPool: the connections to one broker, handed out in turn.
//
// gRPC shares one TCP connection among all channels that look alike; each of these has its own,
// because one connection is one flow-control window and one reader. Connects when first used, and
// again by itself when a connection is lost. Thread-safe; owned by the client; a connection that
// cannot be made shows in the calls, not here.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include <grpcpp/channel.h>

#include "penstock/v1/account.grpc.pb.h"
#include "penstock/v1/batches.grpc.pb.h"
#include "penstock/v1/consumers.grpc.pb.h"
#include "penstock/v1/records.grpc.pb.h"
#include "penstock/v1/streams.grpc.pb.h"

namespace penstock::rpc {

// INVALID_ARGUMENT unless `endpoint` is "host:port" with a port of 1 to 65,535.
absl::Status ValidateEndpoint(const std::string& endpoint);

class ChannelPool {
 public:
  // `endpoint` is valid, `connection_count` at least 1.
  ChannelPool(std::string endpoint, int connection_count);

  v1::Streams::Stub& streams() { return *Next().streams; }
  v1::Records::Stub& records() { return *Next().records; }
  v1::Consumers::Stub& consumers() { return *Next().consumers; }
  v1::Account::Stub& account() { return *Next().account; }
  v1::Batches::Stub& batches() { return *Next().batches; }

  int connection_count() const { return static_cast<int>(connections_.size()); }
  // 0 to connection_count() - 1.
  std::shared_ptr<grpc::Channel> channel(int connection) {
    return connections_[static_cast<size_t>(connection)].channel;
  }

  // UNAVAILABLE if no connection stands within `timeout`.
  absl::Status WaitUntilConnected(absl::Duration timeout);

 private:
  struct Connection {
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::Streams::Stub> streams;
    std::unique_ptr<v1::Records::Stub> records;
    std::unique_ptr<v1::Consumers::Stub> consumers;
    std::unique_ptr<v1::Account::Stub> account;
    std::unique_ptr<v1::Batches::Stub> batches;
  };

  Connection& Next();

  const std::string endpoint_;
  std::vector<Connection> connections_;
  // Relaxed: any order of turns will do.
  std::atomic<size_t> turn_{0};
};

}  // namespace penstock::rpc
