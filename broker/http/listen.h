// Listen: takes a TCP address for a server, in the way of every server of the broker.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace penstock::broker {

struct ListenOptions {
  // A name or an address, without the brackets of IPv6.
  std::string host;
  // 0 takes a free one.
  uint16_t port = 0;
  // Connections that may wait to be accepted.
  int backlog = boost::asio::ip::tcp::acceptor::max_listen_connections;
};

// An acceptor on a strand of its own. The port of a server that has just stopped can be taken again
// at once. FAILED_PRECONDITION, "cannot listen on HOST:PORT: REASON".
absl::StatusOr<boost::asio::ip::tcp::acceptor> Listen(const boost::asio::any_io_executor& executor,
                                                      const ListenOptions& options);

}  // namespace penstock::broker
