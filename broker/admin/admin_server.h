// AdminServer: the port for operators: metrics, health, version. HTTP/1.1, plain text.
//
//   ASSIGN_OR_RETURN(auto admin, AdminServer::Start({.host = "127.0.0.1", .port = 9600,
//                                                    .executor = pool.executor(),
//                                                    .pages = {{"/healthz", {...}}}}));
//
// Serves what it is given, and nothing that changes anything. No encryption and no authentication:
// it is for loopback and networks that are trusted. Runs on the executor alone; what pages refer to
// must live until Stop has returned. Start, then Stop by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/admin/admin_connection.h"
#include "broker/admin/admin_limits.h"
#include "broker/admin/admin_page.h"
#include "broker/stream/pending_work.h"
#include "common/mutex.h"

namespace penstock::broker {

struct AdminServerOptions {
  // A name or an address, without the brackets of IPv6.
  std::string host;
  // 0 takes a free one.
  uint16_t port = 0;
  boost::asio::any_io_executor executor;
  AdminPages pages;
  AdminLimits limits;
};

class AdminServer {
 public:
  using Options = AdminServerOptions;

  // FAILED_PRECONDITION, naming the address and the setting, if it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(Options options);
  // Stops.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // The port listened on.
  uint16_t port() const { return port_; }
  size_t connections() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes the port and all connections, and returns when nothing of them runs any more. Not on a
  // thread of the executor. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  AdminServer(Options options, boost::asio::ip::tcp::acceptor acceptor);

  void Accept();
  void OnAccepted(boost::system::error_code error, boost::asio::ip::tcp::socket socket)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // False when there are as many as there may be, or the server stops.
  bool TryServe(boost::asio::ip::tcp::socket& socket) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnClosed(AdminConnection* connection) ABSL_LOCKS_EXCLUDED(mutex_);

  const boost::asio::any_io_executor executor_;
  AdminContext context_;
  // The acceptor's and the timer's executor is one strand.
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_timer_;
  const uint16_t port_;
  // The chain of accepts counts as one, and so does each connection.
  PendingWork pending_;

  // Held alone.
  mutable Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<AdminConnection*, std::shared_ptr<AdminConnection>> connections_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
