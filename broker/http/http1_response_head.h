// Http1ResponseHead: the bytes of an HTTP/1.1 answer before its body.
//
// Status line, the fields that were given, and those the server adds: date, content-length or
// transfer-encoding, connection. Control characters in a value become blanks, so that what a handler
// repeats of a request cannot begin a field of its own. A pure function but for the date.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/http/http_message.h"

namespace penstock::broker {

enum class Http1Body { kLength, kChunked, kUntilClose };

struct Http1ResponseHead {
  int status = 200;
  const std::vector<HttpField>* fields = nullptr;
  Http1Body body = Http1Body::kLength;
  // For kLength.
  size_t content_length = 0;
  bool close = false;

  std::string Text() const;
};

// The value without control characters.
std::string SafeFieldValue(std::string_view value);

}  // namespace penstock::broker
