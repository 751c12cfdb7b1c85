// HttpSession: what a client sends, in pieces, to one connection of the HTTP server, on one thread.
//
//   HttpSession session(HttpInput::Of(input));
//   session.Run(bytes);            // CHECKs that everything is released
//
// The connection is the server's own, over a pair of local sockets, with an HttpFuzzHandler behind it
// and limits so low that inputs of a few KiB come to all of them. Time limits are either far away or
// nothing at all, so that what happens does not depend on speed. Between the pieces the other things
// happen that the input asks for: the handler answers, the client reads or shuts down, the server
// drains.
//
//   offset  bytes  what
//        0      1  options: which time limit is 0 (3 bits), HttpOption
//        1      1  n, how many steps there are (its low 5 bits)
//        2      n  steps: what to do (3 bits), and a size (5 bits)
//      2+n         what the client sends, or what the target makes it of
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>

#include "broker/http/http_connection.h"
#include "broker/http/http_limits.h"
#include "broker/http/http_metrics.h"
#include "tests/fuzz/http_fuzz_handler.h"

namespace penstock::fuzz {

enum HttpOption : uint8_t {
  // The client reads only when a step says so.
  kReadsLate = 0x08,
  // The client closes while exchanges are kept; else they are let go of before.
  kLeavesEarly = 0x10,
  // For the target.
  kTarget1 = 0x20,
  kTarget2 = 0x40,
  // The server is told to drain before the client closes.
  kDrains = 0x80,
};

struct HttpInput {
  uint8_t options = 0;
  std::string_view steps;
  std::string_view bytes;

  static HttpInput Of(std::string_view input);
};

class HttpSession {
 public:
  explicit HttpSession(const HttpInput& input);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  // To the end of the connection. Once.
  void Run(std::string_view bytes);

  // What the server sent; its end may be missing where the client left early.
  const std::string& answers() const { return answers_; }
  const broker::HttpMetrics& metrics() const { return metrics_; }

 private:
  void Step(uint8_t step);
  void Send(size_t bytes);
  void Receive();
  void Leave();
  void CheckReleased();

  const HttpInput input_;
  std::string_view unsent_;
  std::string answers_;
  int client_ = -1;
  bool shut_ = false;

  HttpFuzzHandler handler_;
  broker::HttpMetrics metrics_;
  std::shared_ptr<broker::HttpContext> context_;
  std::weak_ptr<broker::HttpConnection> connection_;
  std::shared_ptr<broker::ByteBudget> connection_bytes_;
  int finished_ = 0;
};

}  // namespace penstock::fuzz
