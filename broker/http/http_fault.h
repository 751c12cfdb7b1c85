// HttpFault: what is wrong with a request, as an answer, a reason that is counted, and words.
//
// And the checks of a request's head that do not depend on the version of HTTP. Pure functions.
#pragma once

#include <optional>
#include <string>

#include "broker/http/http_limits.h"
#include "broker/http/http_message.h"
#include "broker/http/http_metrics.h"

namespace penstock::broker {

struct HttpFault {
  int status = 400;
  HttpRefusal reason = HttpRefusal::kMalformed;
  std::string why;
};

// A declared body that is too large, a Content-Encoding other than identity (so that there are no
// decompression bombs), an Expect other than 100-continue.
std::optional<HttpFault> CheckRequestHead(const HttpRequestHead& head, const HttpLimits& limits);

HttpFault BodyTooLarge(const HttpLimits& limits);

// Whether the client waits for 100 before it sends its body.
bool ExpectsContinue(const HttpRequestHead& head);

}  // namespace penstock::broker
