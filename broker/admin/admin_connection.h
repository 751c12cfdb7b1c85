// AdminConnection: one connection to the admin port.
//
//   ┌─▶ wait for a first byte ─▶ read the header ─▶ make the page ─▶ write the answer ─┐
//   │        idle timeout         read timeout                        write timeout    │
//   └───────────────────────────── keep-alive ◀────────────────────────────────────────┤
//                                                                      drain ─▶ close ◀┘
//
// HTTP/1.1 and 1.0, GET and HEAD, without bodies. What is not understood is answered with 4xx and
// the connection is closed. One step is under way at a time, on a strand of its own; whatever ends
// the chain of steps calls `closed`, once, as the last thing that touches the server. Keeps itself
// alive until then. Start once; Stop is thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "broker/admin/admin_limits.h"
#include "broker/admin/admin_page.h"

namespace penstock::broker {

// What all connections share. Outlives them.
struct AdminContext {
  AdminPages pages;
  AdminLimits limits;
  // A strand: slow pages are made on it, one after the other.
  boost::asio::any_io_executor slow_pages;
};

class AdminConnection : public std::enable_shared_from_this<AdminConnection> {
 public:
  using ClosedCallback = std::function<void(AdminConnection*)>;

  // The executor of `socket` is a strand.
  AdminConnection(const AdminContext& context, boost::asio::ip::tcp::socket socket,
                  ClosedCallback closed);

  void Start();
  // Ends it where it is.
  void Stop();

 private:
  using Request = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Error = boost::beast::error_code;

  void WaitForRequest();
  void ReadHeader();
  void OnHeader(Error error, size_t header_bytes);
  void MakePage(const AdminPage& page);
  // Answers and closes.
  void Refuse(unsigned status, std::string_view why);
  void Write(AdminAnswer answer, bool keep_alive);
  // Takes what still comes, and throws it away, until the client closes: a socket that is closed with
  // bytes unread takes the answer back. No longer than the read timeout.
  void Drain();
  void Close();

  const AdminContext& context_;
  boost::beast::tcp_stream stream_;
  const ClosedCallback closed_;
  boost::beast::flat_buffer buffer_;
  // A new one for each request.
  std::optional<Request> request_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace penstock::broker
