// Http1Output: what goes out on a connection of HTTP/1.1, part after part, each as one gathered write.
//
// A part is a head, a body and a tail, of which any may be empty: an answer, or a chunk of one. Its
// bytes stay in the budgets until the socket has taken them all. One write is under way at a time.
// Belongs to the protocol of a connection, on its strand; a write that fails closes the connection.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "broker/http/byte_budget.h"
#include "broker/http/http_connection.h"
#include "broker/http/http_protocol.h"

namespace penstock::broker {

class Http1Output {
 public:
  using TimePoint = HttpConnection::TimePoint;

  struct Part {
    std::string head;
    std::string body;
    // Static.
    std::string_view tail;
    // Let go when it is out.
    std::shared_ptr<const void> hold;
    ByteHold bytes;
    HttpProtocol::Written written;
    // The last of an answer.
    bool last = false;
  };

  struct Events {
    // The last part of an answer is out.
    std::function<void()> answered;
    // Deadline() is another one.
    std::function<void()> deadline_changed;
  };

  // `connection` outlives it.
  Http1Output(HttpConnection& connection, Events events);

  void Send(Part part);
  // When the write that is under way has taken too long; never if there is none.
  TimePoint Deadline() const;

  // The connection is closed: says so to who waits for a part; what is being written stays.
  void GiveUp();
  // No write is under way any more.
  void Clear() { parts_.clear(); }

 private:
  void WriteSome();
  void OnWritten(HttpConnection::Error error, size_t bytes);

  HttpConnection& connection_;
  const Events events_;
  std::deque<Part> parts_;
  // Of the first.
  size_t offset_ = 0;
  bool writing_ = false;
  TimePoint progress_at_;
  std::array<boost::asio::const_buffer, 3> buffers_;
};

}  // namespace penstock::broker
