// HttpClient: a blocking client of HTTP/1.1 with keep-alive, for tests and benchmarks.
//
//   HttpClient client(port);
//   const HttpAnswer answer = client.Post("/", {{"x-amz-target", "..."}}, body);
//
// Can also send any bytes, and receive what comes answer by answer: bodies of known length, chunked,
// or until the end. Whatever takes longer than kTestDeadline counts as the end of the connection.
// Used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/byte_stream.h"

namespace penstock::testing {

using HttpClientFields = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  // 0: the connection ended before there was one.
  int status = 0;
  // With names in lower case.
  HttpClientFields fields;
  std::string body;
  // Of a chunked body or one without a length: false if it was cut off.
  bool complete = false;

  // Empty if there is none.
  std::string Field(std::string_view name) const;
};

class HttpClient {
 public:
  explicit HttpClient(uint16_t port) : stream_(port) {}

  ByteStream& stream() { return stream_; }
  bool Send(std::string_view bytes) { return stream_.Send(bytes); }

  // The next answer; 1xx is one too. `body_expected`: false leaves the body to ReceiveChunk or
  // ReceiveBody.
  HttpAnswer Receive(bool body_expected = true);
  void ReceiveBody(HttpAnswer* answer);
  // The next chunk of a chunked body; empty after the last, or at the end of the connection.
  std::string ReceiveChunk();
  HttpAnswer Post(std::string_view target, const HttpClientFields& fields, std::string_view body);
  // Whether the other end closes without another byte.
  bool IsClosedByPeer();

  // Head and body of a POST with content-length and host.
  static std::string PostHead(std::string_view target, const HttpClientFields& fields,
                              size_t body_bytes);

 private:
  bool ReceiveMore();
  bool ReceiveAtLeast(size_t bytes);
  // Up to and without CR LF; false at the end.
  bool ReceiveLine(std::string* line);
  std::string Take(size_t bytes);

  ByteStream stream_;
  std::string received_;
  bool last_chunk_ = false;
};

}  // namespace penstock::testing
