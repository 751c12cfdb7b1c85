#include "broker/http/http_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

#include "broker/http/http_acceptor.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

absl::Status CannotListen(const HttpServerOptions& options, const Error& error) {
  const bool is_v6 = absl::StrContains(options.host, ':');
  return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", is_v6 ? "[" : "",
                                                    options.host, is_v6 ? "]" : "", ":",
                                                    options.port, ": ", error.message()));
}

absl::StatusOr<tcp::acceptor> Listen(const HttpServerOptions& options) {
  Error error;
  tcp::resolver resolver(options.executor);
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error) return CannotListen(options, error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(boost::asio::make_strand(options.executor));
  acceptor.open(endpoint.protocol(), error);
  // The port of a server that has just stopped can be taken again at once.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return CannotListen(options, error);
  return acceptor;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options) {
  ASSIGN_OR_RETURN(tcp::acceptor acceptor, Listen(options));
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
