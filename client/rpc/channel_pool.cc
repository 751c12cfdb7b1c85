#include "client/rpc/channel_pool.h"

#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "client/rpc/error_status.h"
#include "common/error.h"
#include "common/limits.h"

namespace penstock::rpc {
namespace {

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // A connection of its own for each channel: see the header.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // gRPC's default for received messages, 4 MiB, is less than an answer of GetRecords.
  arguments.SetMaxReceiveMessageSize(kGrpcMessageBytesMax);
  arguments.SetMaxSendMessageSize(kGrpcMessageBytesMax);
  // Finds a peer that is gone without a word. Only while calls are under way, and not more often:
  // servers that were not told otherwise close a connection that is pinged more than every five
  // minutes without data.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  // A broker that restarts is back soon: gRPC's defaults of 1 s and 120 s would keep clients away
  // long after.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // A broker is inside the network; http_proxy in the environment is for the way out of it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

absl::Status ValidateEndpoint(const std::string& endpoint) {
  const size_t colon = endpoint.rfind(':');
  const bool has_host = colon != std::string::npos && colon > 0;
  const std::string host = has_host ? endpoint.substr(0, colon) : "";
  const bool is_bracketed = has_host && host.front() == '[' && host.back() == ']';
  const bool is_plain = host.find_first_of("/:[]@ ") == std::string::npos;
  uint32_t port = 0;
  if (!has_host || (!is_bracketed && !is_plain) ||
      !absl::SimpleAtoi(endpoint.substr(colon + 1), &port) || port < 1 || port > 65'535) {
    return InvalidArgumentError(absl::StrCat("endpoint '", Excerpt(endpoint),
                                             "' is not host:port with a port of 1 to 65535"));
  }
  return absl::OkStatus();
}

ChannelPool::ChannelPool(std::string endpoint, int connection_count)
    : endpoint_(std::move(endpoint)) {
  const grpc::ChannelArguments arguments = Arguments();
  for (int i = 0; i < connection_count; ++i) {
    Connection connection;
    connection.channel = grpc::CreateCustomChannel(absl::StrCat("dns:///", endpoint_),
                                                   grpc::InsecureChannelCredentials(), arguments);
    connection.streams = v1::Streams::NewStub(connection.channel);
    connection.records = v1::Records::NewStub(connection.channel);
    connection.consumers = v1::Consumers::NewStub(connection.channel);
    connection.account = v1::Account::NewStub(connection.channel);
    connection.batches = v1::Batches::NewStub(connection.channel);
    connections_.push_back(std::move(connection));
  }
}

ChannelPool::Connection& ChannelPool::Next() {
  return connections_[turn_.fetch_add(1, std::memory_order_relaxed) % connections_.size()];
}

absl::Status ChannelPool::WaitUntilConnected(absl::Duration timeout) {
  if (connections_.front().channel->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout)))
    return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("no broker answers at ", endpoint_));
}

}  // namespace penstock::rpc
