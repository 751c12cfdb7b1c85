#include "broker/http/http_connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "broker/http/http1_protocol.h"
#include "broker/http/http2_protocol.h"
#include "broker/http/protocol_detector.h"

namespace penstock::broker {
namespace {

using boost::asio::ip::tcp;

// Holds a ClientHello, and most heads.
constexpr size_t kFirstReadBytes = 4096;

std::string PeerText(const tcp::endpoint& peer) {
  const std::string address = peer.address().to_string();
  return (peer.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(peer.port());
}

bool IsLoopback(const tcp::endpoint& peer) {
  const boost::asio::ip::address& address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .is_loopback();
  }
  return address.is_loopback();
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<const HttpContext> context, tcp::socket socket,
                               const tcp::endpoint& peer, FinishedCallback finished)
    : context_(std::move(context)),
      executor_(socket.get_executor()),
      peer_(PeerText(peer)),
      peer_is_loopback_(IsLoopback(peer)),
      finished_(std::move(finished)),
      budgets_{std::make_shared<ByteBudget>(context_->limits.connection_bytes_max),
               context_->bytes},
      stream_(std::make_unique<AnyStream>(std::move(socket))),
      timer_(std::make_unique<boost::asio::steady_timer>(executor_)) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::Start() {
  // Not at once: the caller holds the server's mutex.
  boost::asio::post(executor_, [self = shared_from_this()] {
    if (self->closed()) return;
    self->SetDeadline(Clock::now() + std::chrono::milliseconds(self->limits().header_timeout_ms));
    self->first_.resize(kFirstReadBytes);
    self->ReadFirstBytes();
  });
}

void HttpConnection::Drain() {
  boost::asio::post(executor_, [self = shared_from_this()] {
    if (self->closed() || self->phase_ == Phase::kLinger) return;
    if (self->protocol_ == nullptr) return self->Close();
    self->protocol_->Drain();
  });
}

void HttpConnection::Kill() {
  boost::asio::post(executor_, [self = shared_from_this()] { self->Close(); });
}

void HttpConnection::ReadFirstBytes() {
  Read(boost::asio::buffer(first_.data() + first_bytes_, first_.size() - first_bytes_),
       [this](Error error, size_t bytes) { OnFirstBytes(error, bytes); });
}

void HttpConnection::OnFirstBytes(Error error, size_t bytes) {
  if (error) return Close();
  first_bytes_ += bytes;
  const DetectedProtocol detected = DetectProtocol(std::string_view(first_.data(), first_bytes_));
  if (detected == DetectedProtocol::kUnknownYet) return ReadFirstBytes();
  if (detected == DetectedProtocol::kTls && !secure()) {
    if (context_->tls != nullptr) return StartTls();
    metrics().Refused(HttpRefusal::kTlsHandshake);
    return Close();
  }
  if (!secure() && !context_->plain_text) {
    metrics().Refused(HttpRefusal::kPlainText);
    return Close();
  }
  if (detected == DetectedProtocol::kHttp2)
    return StartProtocol(std::make_unique<Http2Protocol>(*this));
  StartProtocol(std::make_unique<Http1Protocol>(*this));
}

void HttpConnection::StartTls() {
  phase_ = Phase::kHandshake;
  SetDeadline(Clock::now() + std::chrono::milliseconds(limits().handshake_timeout_ms));
  const std::shared_ptr<boost::asio::ssl::context> tls = context_->tls->Current();
  metrics().certificate_not_after_s.Set(context_->tls->not_after_s());
  stream_->StartTls(
      *tls, boost::asio::buffer(first_.data(), first_bytes_),
      Counted([this](Error error, size_t /*bytes*/) {
        if (error) {
          metrics().Refused(HttpRefusal::kTlsHandshake);
          return Close();
        }
        metrics().tls_handshakes_total.Add();
        first_bytes_ = 0;
        SetDeadline(Clock::now() + std::chrono::milliseconds(limits().header_timeout_ms));
        const std::string alpn = stream_->alpn();
        if (alpn == "h2") return StartProtocol(std::make_unique<Http2Protocol>(*this));
        if (alpn == "http/1.1") return StartProtocol(std::make_unique<Http1Protocol>(*this));
        phase_ = Phase::kFirstBytes;
        ReadFirstBytes();
      }));
}

void HttpConnection::StartProtocol(std::unique_ptr<HttpProtocol> protocol) {
  phase_ = Phase::kProtocol;
  protocol_ = std::move(protocol);
  const std::string first = std::exchange(first_, std::string()).substr(0, first_bytes_);
  protocol_->Start(first);
}

AnyStream::Handler HttpConnection::Counted(Handler handler) {
  ++operations_;
  return
      [self = shared_from_this(), handler = std::move(handler)](Error error, size_t bytes) mutable {
        --self->operations_;
        if (self->closed()) return self->MaybeFinish();
        handler(error, bytes);
      };
}

void HttpConnection::Read(boost::asio::mutable_buffer into, Handler handler) {
  reading_ = true;
  stream_->ReadSome(into, Counted([this, asked_in = phase_, handler = std::move(handler)](
                                      Error error, size_t bytes) mutable {
                      reading_ = false;
                      if (phase_ == Phase::kLinger && asked_in != Phase::kLinger)
                        return error ? Close() : Discard();
                      handler(error, bytes);
                    }));
}

void HttpConnection::Write(std::span<const boost::asio::const_buffer> buffers, Handler handler) {
  stream_->WriteSome(buffers, Counted(std::move(handler)));
}

void HttpConnection::SetDeadline(TimePoint at) {
  deadline_ = at;
  if (closed() || at == TimePoint::max() || (timer_running_ && armed_for_ <= at)) return;
  ArmTimer();
}

void HttpConnection::ArmTimer() {
  armed_for_ = deadline_;
  timer_running_ = true;
  // Cancels the wait before it, whose handler then finds another time armed.
  timer_->expires_at(armed_for_);
  ++operations_;
  timer_->async_wait([self = shared_from_this()](const Error& error) {
    --self->operations_;
    if (self->closed()) return self->MaybeFinish();
    if (!error) self->OnTimer();
  });
}

void HttpConnection::OnTimer() {
  timer_running_ = false;
  if (deadline_ == TimePoint::max()) return;
  if (Clock::now() < deadline_) return ArmTimer();
  deadline_ = TimePoint::max();
  OnDeadline();
}

void HttpConnection::OnDeadline() {
  switch (phase_) {
    case Phase::kProtocol:
      return protocol_->OnDeadline();
    case Phase::kHandshake:
      metrics().Refused(HttpRefusal::kHandshakeTimeout);
      break;
    case Phase::kFirstBytes:
      metrics().Refused(HttpRefusal::kHeaderTimeout);
      break;
    case Phase::kLinger:
      break;
  }
  Close();
}

void HttpConnection::CloseGently(bool unread) {
  if (closed() || phase_ == Phase::kLinger) return;
  phase_ = Phase::kLinger;
  // Exchanges of HTTP/2 may be left: they have no way to their client any more.
  SetDeadline(Clock::now() + std::chrono::milliseconds(limits().linger_timeout_ms));
  first_.resize(kFirstReadBytes);
  // With TLS, the end is said only where the client has nothing more to say: OpenSSL takes data that
  // comes after it for an error.
  if (unread && secure()) return Discard();
  const bool wait_for_end = !secure();
  stream_->ShutdownSend(Counted([this, wait_for_end](Error error, size_t /*bytes*/) {
    if (error || !wait_for_end) return Close();
    Discard();
  }));
}

void HttpConnection::Discard() {
  if (reading_) return;
  Read(boost::asio::buffer(first_), [this](Error error, size_t /*bytes*/) {
    if (error) return Close();
    Discard();
  });
}

void HttpConnection::Close() {
  if (closed()) return;
  closed_.store(true, std::memory_order_release);
  stream_->Close();
  timer_->cancel();
  // Operations are counted while callbacks run, so that the end comes after them.
  ++operations_;
  if (protocol_ != nullptr) protocol_->OnClosed();
  boost::asio::post(executor_, [self = shared_from_this()] {
    --self->operations_;
    self->MaybeFinish();
  });
}

void HttpConnection::MaybeFinish() {
  if (operations_ > 0 || stream_ == nullptr) return;
  if (protocol_ != nullptr) protocol_->Release();
  stream_.reset();
  timer_.reset();
  finished_(this);
}

}  // namespace penstock::broker
