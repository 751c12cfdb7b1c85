#include "broker/http/http_server.h"

#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "broker/http/http_acceptor.h"
#include "broker/http/listen.h"
#include "common/status_macros.h"

namespace penstock::broker {
absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options) {
  ASSIGN_OR_RETURN(boost::asio::ip::tcp::acceptor acceptor,
                   Listen(options.executor, {options.host, options.port}));
  auto context = std::make_shared<HttpContext>();
  if (options.metrics == nullptr) context->own_metrics = std::make_unique<HttpMetrics>();
  context->handler = options.handler;
  context->limits = options.limits;
  context->metrics = options.metrics != nullptr ? options.metrics : context->own_metrics.get();
  context->tls = std::move(options.tls);
  context->plain_text = options.plain_text;
  context->bytes =
      std::make_shared<ByteBudget>(options.limits.server_bytes_max, &context->metrics->bytes_held);
  if (context->tls != nullptr)
    context->metrics->certificate_not_after_s.Set(context->tls->not_after_s());
  std::unique_ptr<HttpServer> server(new HttpServer(
      std::make_unique<HttpAcceptor>(std::move(context), options.executor, std::move(acceptor))));
  server->acceptor_->Start();
  return server;
}

HttpServer::HttpServer(std::unique_ptr<HttpAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}

HttpServer::~HttpServer() {
  Stop();
}

uint16_t HttpServer::port() const {
  return acceptor_->port();
}

size_t HttpServer::connections() const {
  return acceptor_->connections();
}

void HttpServer::Stop() {
  acceptor_->Stop();
}

}  // namespace penstock::broker
