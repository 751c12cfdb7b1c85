// HttpAcceptor: takes the connections of an HttpServer, and knows those that are open.
//
// The chain of accepts runs on a strand; each connection gets one of its own. Bounds the connections,
// as a whole and for each peer's address: what is too many is answered with 503 where there is no
// TLS, and closed. Thread-safe; its owner stops it before it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/http/http_connection.h"
#include "common/mutex.h"

namespace penstock::broker {

class HttpAcceptor {
 public:
  // The acceptor listens, and its executor is a strand. `executor`: what connections run on.
  HttpAcceptor(std::shared_ptr<const HttpContext> context, boost::asio::any_io_executor executor,
               boost::asio::ip::tcp::acceptor acceptor);

  void Start();
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  uint16_t port() const { return port_; }
  size_t connections() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  struct Open {
    std::shared_ptr<HttpConnection> connection;
    std::string address;
  };

  void Accept();
  void OnAccepted(boost::system::error_code error, boost::asio::ip::tcp::socket socket);
  // False when there are as many as there may be, or the server stops.
  bool TryServe(boost::asio::ip::tcp::socket& socket, const Endpoint& peer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void OnFinished(HttpConnection* connection) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndChain() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return connections_.empty() && !accepting_ && !closing_;
  }

  const std::shared_ptr<const HttpContext> context_;
  const boost::asio::any_io_executor executor_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_timer_;
  const uint16_t port_;

  // Held alone.
  mutable Mutex mutex_;
  CondVar idle_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The chain of accepts goes on.
  bool accepting_ ABSL_GUARDED_BY(mutex_) = false;
  // What closes the acceptor is queued.
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<HttpConnection*, Open> connections_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, size_t> by_address_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
