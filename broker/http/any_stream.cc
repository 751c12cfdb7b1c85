#include "broker/http/any_stream.h"

#include <utility>

#include <boost/asio/post.hpp>
#include <openssl/ssl.h>

namespace penstock::broker {

using boost::asio::ip::tcp;

void AnyStream::StartTls(boost::asio::ssl::context& context, boost::asio::const_buffer first,
                         Handler handler) {
  tls_ = std::make_unique<TlsStream>(socket_, context);
  tls_->async_handshake(boost::asio::ssl::stream_base::server, first, std::move(handler));
}

std::string AnyStream::alpn() const {
  if (tls_ == nullptr) return "";
  const unsigned char* name = nullptr;
  unsigned length = 0;
  ::SSL_get0_alpn_selected(tls_->native_handle(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

void AnyStream::ReadSome(boost::asio::mutable_buffer into, Handler handler) {
  if (tls_ != nullptr) return tls_->async_read_some(into, std::move(handler));
  socket_.async_read_some(into, std::move(handler));
}

void AnyStream::WriteSome(std::span<const boost::asio::const_buffer> buffers, Handler handler) {
  if (tls_ != nullptr) return tls_->async_write_some(buffers, std::move(handler));
  socket_.async_write_some(buffers, std::move(handler));
}

void AnyStream::ShutdownSend(Handler handler) {
  if (tls_ != nullptr) {
    return tls_->async_shutdown(
        [handler = std::move(handler)](Error error) mutable { handler(error, 0); });
  }
  Error error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  boost::asio::post(socket_.get_executor(),
                    [handler = std::move(handler), error]() mutable { handler(error, 0); });
}

void AnyStream::Close() {
  Error ignored;
  socket_.close(ignored);
}

}  // namespace penstock::broker
