// Http2Output: what goes out on a connection of HTTP/2: one buffer that nghttp2's frames are put into,
// and that is written as a whole.
//
// It is filled while nothing of it is being written, up to kBytes: more would only make what comes
// later wait. Bytes of answers stay in the budgets until the socket has taken them. Belongs to the
// protocol of a connection, on its strand; a write that fails closes the connection.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "broker/http/byte_budget.h"
#include "broker/http/http2_stream.h"
#include "broker/http/http_connection.h"

namespace penstock::broker {

class Http2Output {
 public:
  using TimePoint = HttpConnection::TimePoint;

  static constexpr size_t kBytes = size_t{256} * 1024;

  struct Events {
    // All of it is out: these are the pieces whose last bytes it had. It may be filled again.
    std::function<void(std::vector<Http2Piece>)> written;
    // Deadline() is another one.
    std::function<void()> deadline_changed;
  };

  // `connection` outlives it.
  Http2Output(HttpConnection& connection, Events events);

  // Nothing may be put in while it is.
  bool writing() const { return writing_; }
  bool full() const { return buffer_.size() >= kBytes; }
  void Append(std::string_view frame) { buffer_.append(frame); }
  // A DATA frame with the next `bytes` of the stream's answer.
  void AppendData(Http2Stream& stream, std::string_view frame_head, size_t bytes);
  // Begins to write what is in it, if there is something.
  void Write();
  // When the write that is under way has taken too long; never if there is none.
  TimePoint Deadline() const;

  // Gives its memory back; nothing is being written.
  void Shrink() { buffer_ = std::string(); }
  // The connection is closed: says so to who waits; the socket may have taken some of it, which
  // cannot be told.
  void GiveUp();
  // No write is under way any more.
  void Clear();

 private:
  void WriteRest();
  void OnWritten(HttpConnection::Error error, size_t bytes);

  HttpConnection& connection_;
  const Events events_;
  std::string buffer_;
  size_t offset_ = 0;
  // Of what is copied into buffer_, until it is written.
  ByteHold in_budget_;
  // Whose last bytes are in buffer_; without their bytes.
  std::vector<Http2Piece> pieces_;
  bool writing_ = false;
  TimePoint progress_at_;
  std::array<boost::asio::const_buffer, 1> buffers_;
};

}  // namespace penstock::broker
