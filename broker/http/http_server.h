// HttpServer: a port for APIs: HTTP/1.1, HTTP/2 by prior knowledge, and both through TLS.
//
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start({.host = "127.0.0.1", .port = 4567,
//                                                    .executor = pool.executor(),
//                                                    .handler = &handler}));
//
// Knows nothing of what it serves: an HttpHandler admits the requests and answers them. Runs on the
// executor alone, each connection on a strand of its own. Handler, metrics and executor must live
// until Stop has returned, the executor until the last exchange has been let go of. Start, then Stop
// by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/http/http_handler.h"
#include "broker/http/http_limits.h"
#include "broker/http/http_metrics.h"
#include "broker/http/tls_context.h"

namespace penstock::broker {

struct HttpServerOptions {
  // A name or an address, without the brackets of IPv6.
  std::string host;
  // 0 takes a free one.
  uint16_t port = 0;
  boost::asio::any_io_executor executor;
  HttpHandler* handler = nullptr;
  HttpLimits limits;
  // Absent: plain text alone. Present: TLS and plain text are told apart on the port.
  std::shared_ptr<TlsContext> tls;
  // False: connections without TLS are closed.
  bool plain_text = true;
  // Null: what is counted cannot be seen.
  HttpMetrics* metrics = nullptr;
};

class HttpAcceptor;

class HttpServer {
 public:
  using Options = HttpServerOptions;

  // FAILED_PRECONDITION, naming the address, if it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(Options options);
  // Stops.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port listened on.
  uint16_t port() const;
  size_t connections() const;

  // Closes the port, gives the answers that are under way HttpLimits::stop_grace_ms to finish, ends
  // all connections, and returns when nothing of them runs any more. Exchanges whose answers are
  // streamed are told at once (OnGone). Not on a thread of the executor. Idempotent.
  void Stop();

 private:
  explicit HttpServer(std::unique_ptr<HttpAcceptor> acceptor);

  const std::unique_ptr<HttpAcceptor> acceptor_;
};

}  // namespace penstock::broker
