// Http1HeadScanner: finds the end of a request's head, and refuses what must not reach a parser.
//
//   Http1HeadScanner scanner(limits);
//   while (scanner.Scan(buffer) == kMore) read more into buffer;
//
// Servers and proxies that differ in where a line or a message ends can be played against each other
// (request smuggling), so that only what RFC 9112 says plainly is let through: lines end with CR LF,
// never with one of them alone; no field goes on in the next line (obs-fold); no NUL. Also the bounds
// on lines, on fields and on their number. Looks at each byte once. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "broker/http/http_fault.h"
#include "broker/http/http_limits.h"

namespace penstock::broker {

class Http1HeadScanner {
 public:
  enum class Result { kMore, kComplete, kFault };

  // `limits` outlives it.
  explicit Http1HeadScanner(const HttpLimits& limits) : limits_(&limits) {}

  // `bytes`: all from the request's first byte on; longer with each call. Not after a fault.
  Result Scan(std::string_view bytes);
  // With the empty line that ends it; once complete.
  size_t head_bytes() const { return line_begin_; }
  // Once there is one.
  const HttpFault& fault() const { return *fault_; }

 private:
  // Of a line, with CR LF; false with a fault.
  bool TakeLine(std::string_view line);
  // Of the rest, whose end has not come.
  bool CheckRest(std::string_view rest);
  bool Refuse(int status, HttpRefusal reason, std::string_view why);

  const HttpLimits* limits_;
  std::optional<HttpFault> fault_;
  size_t line_begin_ = 0;
  // Where to look for the end of the line.
  size_t searched_ = 0;
  // The request line counts.
  size_t lines_ = 0;
  size_t fields_bytes_ = 0;
  bool complete_ = false;
};

}  // namespace penstock::broker
