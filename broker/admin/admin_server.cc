#include "broker/admin/admin_server.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "broker/http/listen.h"
#include "common/log.h"

namespace penstock::broker {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;

// After an accept that failed, as it does while the process has no more descriptors.
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 21\r\n"
    "Connection: close\r\n"
    "\r\n"
    "too many connections\n";

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(Options options) {
  absl::StatusOr<tcp::acceptor> acceptor =
      Listen(options.executor,
             {options.host, options.port, static_cast<int>(options.limits.connections_max)});
  if (!acceptor.ok()) {
    // Which of the ports, and how to have another: of one that nobody asked for.
    return absl::FailedPreconditionError(
        absl::StrCat(acceptor.status().message(),
                     " (the admin port); admin-listen sets another address, or off"));
  }
  std::unique_ptr<AdminServer> server(new AdminServer(std::move(options), *std::move(acceptor)));
  server->pending_.TryBegin();
  boost::asio::post(server->acceptor_.get_executor(), [self = server.get()] { self->Accept(); });
  return server;
}

AdminServer::AdminServer(Options options, tcp::acceptor acceptor)
    : executor_(options.executor),
      context_{std::move(options.pages), options.limits, boost::asio::make_strand(executor_)},
      acceptor_(std::move(acceptor)),
      retry_timer_(acceptor_.get_executor()),
      port_(acceptor_.local_endpoint().port()) {}

AdminServer::~AdminServer() {
  Stop();
}

size_t AdminServer::connections() const {
  MutexLock lock(mutex_);
  return connections_.size();
}

void AdminServer::Stop() {
  std::vector<std::shared_ptr<AdminConnection>> open;
  {
    MutexLock lock(mutex_);
    if (!std::exchange(stopping_, true)) {
      pending_.BeginMore();
      boost::asio::post(acceptor_.get_executor(), [this] {
        Error ignored;
        acceptor_.close(ignored);
        retry_timer_.cancel();
        pending_.End();
      });
    }
    open.reserve(connections_.size());
    for (const auto& [key, connection] : connections_) open.push_back(connection);
  }
  for (const std::shared_ptr<AdminConnection>& connection : open) connection->Stop();
  open.clear();
  pending_.CloseAndWait();
}

void AdminServer::Accept() {
  // Each connection gets a strand of its own.
  acceptor_.async_accept(
      boost::asio::any_io_executor(boost::asio::make_strand(executor_)),
      [this](Error error, tcp::socket socket) { OnAccepted(error, std::move(socket)); });
}

void AdminServer::OnAccepted(Error error, tcp::socket socket) {
  if (!acceptor_.is_open()) return pending_.End();
  if (error) {
    LogWarning("admin port: cannot take a connection", {{"error", error.message()}});
    retry_timer_.expires_after(kAcceptRetryDelay);
    retry_timer_.async_wait([this](const Error&) {
      if (!acceptor_.is_open()) return pending_.End();
      Accept();
    });
    return;
  }
  if (!TryServe(socket)) {
    // Into the empty buffer of a new socket: it does not block, and if it fails, so be it.
    Error ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(boost::asio::buffer(kTooManyConnections), ignored);
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  Accept();
}

bool AdminServer::TryServe(tcp::socket& socket) {
  MutexLock lock(mutex_);
  if (stopping_ || connections_.size() >= context_.limits.connections_max) return false;
  pending_.BeginMore();
  const auto connection = std::make_shared<AdminConnection>(
      context_, std::move(socket), [this](AdminConnection* closed) { OnClosed(closed); });
  connections_.emplace(connection.get(), connection);
  connection->Start();
  return true;
}

void AdminServer::OnClosed(AdminConnection* connection) {
  {
    MutexLock lock(mutex_);
    connections_.erase(connection);
  }
  pending_.End();
}

}  // namespace penstock::broker
