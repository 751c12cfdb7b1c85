// HttpConnection: one connection to the HTTP server, from its first byte to its last.
//
//   accepted ─▶ first bytes ─▶ TLS handshake ─▶ HttpProtocol (HTTP/1.1 or HTTP/2) ─▶ closed
//                    └──────── plain text ─────────▶┘
//
// Tells the protocols apart and then lends the one that is spoken its stream, its timer, and what
// all connections share. Everything runs on the strand that is the socket's executor. It counts the
// operations that are under way: after Close, the last of them to end calls `finished`, once, which
// is the last thing that touches the server. Keeps itself alive until then; exchanges that are kept
// longer find it closed. Start once; Drain and Kill are thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "absl/functional/any_invocable.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/http/any_stream.h"
#include "broker/http/byte_budget.h"
#include "broker/http/http_handler.h"
#include "broker/http/http_limits.h"
#include "broker/http/http_metrics.h"
#include "broker/http/http_protocol.h"
#include "broker/http/tls_context.h"

namespace penstock::broker {

// What all connections of a server share.
struct HttpContext {
  HttpHandler* handler = nullptr;
  HttpLimits limits;
  HttpMetrics* metrics = nullptr;
  // Where none were given.
  std::unique_ptr<HttpMetrics> own_metrics;
  std::shared_ptr<TlsContext> tls;
  bool plain_text = true;
  std::shared_ptr<ByteBudget> bytes;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Error = AnyStream::Error;
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  using FinishedCallback = std::function<void(HttpConnection*)>;
  using Handler = AnyStream::Handler;

  HttpConnection(std::shared_ptr<const HttpContext> context, boost::asio::ip::tcp::socket socket,
                 const boost::asio::ip::tcp::endpoint& peer, FinishedCallback finished);
  ~HttpConnection();

  void Start();
  // Lets the answers that are under way finish, and then closes.
  void Drain();
  // Ends it where it is.
  void Kill();

  // For the protocol, on the strand.
  const HttpContext& context() const { return *context_; }
  const HttpLimits& limits() const { return context_->limits; }
  HttpMetrics& metrics() const { return *context_->metrics; }
  HttpHandler& handler() const { return *context_->handler; }
  const ByteBudgets& budgets() const { return budgets_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }
  bool secure() const { return stream_->secure(); }
  const std::string& peer() const { return peer_; }
  bool peer_is_loopback() const { return peer_is_loopback_; }
  // Also read by exchanges, on any thread.
  bool closed() const { return closed_.load(std::memory_order_acquire); }

  // Handlers are not called once the connection is closed.
  void Read(boost::asio::mutable_buffer into, Handler handler);
  void Write(std::span<const boost::asio::const_buffer> buffers, Handler handler);
  // Calls the protocol's OnDeadline at `at`, or a little later; a new call replaces the last.
  void SetDeadline(TimePoint at);
  void ClearDeadline() { SetDeadline(TimePoint::max()); }
  // Ends the connection so that what was written arrives: `unread` says that the client may still be
  // sending, which is then thrown away for linger_timeout_ms at most. No write may be under way; the
  // handler of a read that is under way is not called any more.
  void CloseGently(bool unread);
  void Close();

 private:
  void ReadFirstBytes();
  void OnFirstBytes(Error error, size_t bytes);
  void StartTls();
  void StartProtocol(std::unique_ptr<HttpProtocol> protocol);
  void Discard();
  void ArmTimer();
  void OnTimer();
  void OnDeadline();
  Handler Counted(Handler handler);
  void MaybeFinish();

  const std::shared_ptr<const HttpContext> context_;
  const boost::asio::any_io_executor executor_;
  const std::string peer_;
  const bool peer_is_loopback_;
  const FinishedCallback finished_;
  const ByteBudgets budgets_;

  // Absent once finished: exchanges may outlive the executor's sockets and timers.
  std::unique_ptr<AnyStream> stream_;
  std::unique_ptr<boost::asio::steady_timer> timer_;
  // The timer is moved only to an earlier time; when it fires early it is set again. Most deadlines
  // are replaced before they come.
  TimePoint deadline_ = TimePoint::max();
  TimePoint armed_for_ = TimePoint::max();
  bool timer_running_ = false;

  enum class Phase { kFirstBytes, kHandshake, kProtocol, kLinger };
  Phase phase_ = Phase::kFirstBytes;
  // What came before the protocol was known; then what is thrown away.
  std::string first_;
  size_t first_bytes_ = 0;
  std::unique_ptr<HttpProtocol> protocol_;
  // Release when the exchanges have been told; acquire in closed().
  std::atomic<bool> closed_ = false;
  size_t operations_ = 0;
  bool reading_ = false;
};

}  // namespace penstock::broker
