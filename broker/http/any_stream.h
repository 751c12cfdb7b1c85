// AnyStream: a connection's bytes, plain or through TLS, for protocols that need not know which.
//
// Starts plain; StartTls puts TLS between it and the socket. One read and one write may be under way
// at a time. The executor is that of the socket, a strand: all calls are made on it, and so are all
// handlers. Buffers must live until the handler is called, which Close makes happen soon.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "absl/functional/any_invocable.h"
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>

namespace penstock::broker {

class AnyStream {
 public:
  using Error = boost::system::error_code;
  using Handler = absl::AnyInvocable<void(Error, size_t)>;

  explicit AnyStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  boost::asio::any_io_executor executor() { return socket_.get_executor(); }
  bool secure() const { return tls_ != nullptr; }

  // `first` has been read already, and must be all that the client sent.
  void StartTls(boost::asio::ssl::context& context, boost::asio::const_buffer first,
                Handler handler);
  // What ALPN agreed on; empty if nothing.
  std::string alpn() const;

  void ReadSome(boost::asio::mutable_buffer into, Handler handler);
  // `buffers`, the span's memory, must live until the handler is called.
  void WriteSome(std::span<const boost::asio::const_buffer> buffers, Handler handler);
  // Says that nothing more will be sent. The handler of TLS waits for the other end.
  void ShutdownSend(Handler handler);
  // Ends everything that is under way.
  void Close();

 private:
  using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsStream> tls_;
};

}  // namespace penstock::broker
