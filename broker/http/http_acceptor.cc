#include "broker/http/http_acceptor.h"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "common/log.h"

namespace penstock::broker {
namespace {

using boost::asio::ip::tcp;
using Error = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

// After an accept that failed, as it does while the process has no more descriptors.
constexpr std::chrono::milliseconds kAcceptRetryDelay{100};

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "retry-after: 1\r\n"
    "content-length: 0\r\n"
    "connection: close\r\n"
    "\r\n";

}  // namespace

HttpAcceptor::HttpAcceptor(std::shared_ptr<const HttpContext> context,
                           boost::asio::any_io_executor executor, tcp::acceptor acceptor)
    : context_(std::move(context)),
      executor_(std::move(executor)),
      acceptor_(std::move(acceptor)),
      retry_timer_(acceptor_.get_executor()),
      port_(acceptor_.local_endpoint().port()) {}

void HttpAcceptor::Start() {
  {
    MutexLock lock(mutex_);
    accepting_ = true;
  }
  boost::asio::post(acceptor_.get_executor(), [this] { Accept(); });
}

size_t HttpAcceptor::connections() const {
  MutexLock lock(mutex_);
  return connections_.size();
}

void HttpAcceptor::Stop() {
  std::vector<std::shared_ptr<HttpConnection>> open;
  {
    MutexLock lock(mutex_);
    if (!std::exchange(stopping_, true)) {
      closing_ = true;
      boost::asio::post(acceptor_.get_executor(), [this] {
        Error ignored;
        acceptor_.close(ignored);
        retry_timer_.cancel();
        MutexLock closed(mutex_);
        closing_ = false;
        if (Idle()) idle_.NotifyAll();
      });
    }
    for (const auto& [key, entry] : connections_) open.push_back(entry.connection);
  }
  for (const auto& connection : open) connection->Drain();
  open.clear();
  {
    const auto until =
        SteadyClock::now() + std::chrono::milliseconds(context_->limits.stop_grace_ms);
    MutexLock lock(mutex_);
    for (auto now = SteadyClock::now(); !Idle() && now < until; now = SteadyClock::now())
      idle_.WaitFor(mutex_, until - now);
    for (const auto& [key, entry] : connections_) open.push_back(entry.connection);
  }
  for (const auto& connection : open) connection->Kill();
  open.clear();
  MutexLock lock(mutex_);
  while (!Idle()) idle_.Wait(mutex_);
}

void HttpAcceptor::Accept() {
  // Each connection gets a strand of its own.
  acceptor_.async_accept(
      boost::asio::any_io_executor(boost::asio::make_strand(executor_)),
      [this](Error error, tcp::socket socket) { OnAccepted(error, std::move(socket)); });
}

void HttpAcceptor::EndChain() {
  MutexLock lock(mutex_);
  accepting_ = false;
  // Inside the lock: the owner may be gone as soon as it sees the end.
  if (Idle()) idle_.NotifyAll();
}

void HttpAcceptor::OnAccepted(Error error, tcp::socket socket) {
  if (!acceptor_.is_open()) return EndChain();
  if (error) {
    LogWarning("http: cannot take a connection", {{"error", error.message()}});
    retry_timer_.expires_after(kAcceptRetryDelay);
    retry_timer_.async_wait([this](const Error&) {
      if (!acceptor_.is_open()) return EndChain();
      Accept();
    });
    return;
  }
  context_->metrics->connections_total.Add();
  Error ignored;
  const Endpoint peer = socket.remote_endpoint(ignored);
  // An answer is one write: waiting for more would only delay it.
  socket.set_option(tcp::no_delay(true), ignored);
  if (!TryServe(socket, peer) && context_->tls == nullptr) {
    // Into the empty buffer of a new socket: it does not block, and if it fails, so be it.
    socket.non_blocking(true, ignored);
    socket.write_some(boost::asio::buffer(kTooManyConnections), ignored);
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  Accept();
}

bool HttpAcceptor::TryServe(tcp::socket& socket, const Endpoint& peer) {
  std::string address = peer.address().to_string();
  MutexLock lock(mutex_);
  if (stopping_) return false;
  if (connections_.size() >= context_->limits.connections_max) {
    context_->metrics->Refused(HttpRefusal::kConnections);
    return false;
  }
  size_t& of_address = by_address_[address];
  if (of_address >= context_->limits.connections_per_peer_max) {
    context_->metrics->Refused(HttpRefusal::kConnectionsPerPeer);
    return false;
  }
  ++of_address;
  const auto connection =
      std::make_shared<HttpConnection>(context_, std::move(socket), peer,
                                       [this](HttpConnection* finished) { OnFinished(finished); });
  connections_.emplace(connection.get(), Open{connection, std::move(address)});
  context_->metrics->connections_open.Add(1);
  connection->Start();
  return true;
}

void HttpAcceptor::OnFinished(HttpConnection* connection) {
  std::shared_ptr<HttpConnection> keep;
  MutexLock lock(mutex_);
  context_->metrics->connections_open.Add(-1);
  const auto found = connections_.find(connection);
  keep = std::move(found->second.connection);
  const auto count = by_address_.find(found->second.address);
  if (--count->second == 0) by_address_.erase(count);
  connections_.erase(found);
  if (Idle()) idle_.NotifyAll();
}

}  // namespace penstock::broker
