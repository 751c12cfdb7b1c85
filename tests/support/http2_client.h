// Http2Client: a blocking client of HTTP/2, with nghttp2, for tests and benchmarks.
//
//   Http2Client client(port);
//   const int32_t id = client.Submit("POST", "/", {}, body);
//   const HttpAnswer& answer = client.Wait(id);
//
// Frames are sent and received only within its calls. Windows may be left closed. Whatever takes
// longer than kTestDeadline counts as the end of the connection. Used by one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nghttp2/nghttp2.h>

#include "tests/support/byte_stream.h"
#include "tests/support/http_client.h"

namespace penstock::testing {

struct Http2ClientOptions {
  bool tls = false;
  // Of each stream; 0 keeps it closed from the beginning.
  uint32_t stream_window = 1024 * 1024;
  // False: windows are not given back.
  bool update_windows = true;
};

// A request as the client sees it.
struct Http2Call {
  HttpAnswer answer;
  // 100 came before it.
  bool continued = false;
  bool closed = false;
  uint32_t error_code = 0;
  std::string body;
  size_t body_sent = 0;
  // False: more of the body follows.
  bool body_complete = true;
};

class Http2Client {
 public:
  explicit Http2Client(uint16_t port, Http2ClientOptions options = {});
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  ByteStream& stream() { return stream_; }
  nghttp2_session* session() { return session_; }

  // Sends the request, or what the windows let through of it. `body` absent: none.
  // `more`: the body is not complete with this.
  int32_t Submit(std::string_view method, std::string_view path, const HttpClientFields& fields,
                 std::optional<std::string> body = std::nullopt, bool more = false);
  // More of the body of a request.
  void SendBody(int32_t id, std::string_view bytes, bool more);
  // Until the stream has closed, or the connection ended.
  const HttpAnswer& Wait(int32_t id);
  // Until the condition holds; false if the connection ends first.
  template <typename Condition>
  bool WaitFor(Condition condition) {
    while (!condition()) {
      if (!Step()) return condition();
    }
    return true;
  }
  Http2Call& call(int32_t id) { return calls_[id]; }
  void Reset(int32_t id, uint32_t error_code);
  void Ping();
  // Lets the other end send that many bytes more on a stream (0: on the connection).
  void OpenWindow(int32_t id, int32_t bytes);
  // Sends what is waiting.
  bool Flush();
  // Sends, and receives once; false at the end of the connection.
  bool Step();

  bool ended() const { return ended_; }
  bool goaway() const { return goaway_; }
  uint32_t goaway_error() const { return goaway_error_; }
  size_t pongs() const { return pongs_; }

 private:
  friend struct Http2ClientCallbacks;

  ByteStream stream_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Http2Call> calls_;
  bool ended_ = false;
  bool goaway_ = false;
  uint32_t goaway_error_ = 0;
  size_t pongs_ = 0;
};

}  // namespace penstock::testing
