// HttpHandler and HttpExchange: the seam between the HTTP server and what answers the requests.
//
//   Admit (head) ─▶ body ─▶ Handle (request, exchange) ─▶ Respond
//                                                    └──▶ Begin ─▶ Write, one at a time ─▶ End
//
// The server calls the handler on the strand of the connection, so that a handler must not block;
// the exchange may be used from any thread, and kept for as long as the answer takes. It must be let
// go of before the executor of the server ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"

#include "broker/http/http_message.h"

namespace penstock::broker {

// One request being answered. Thread-safe. Calls after the client has gone, or after the answer is
// complete, do nothing. Let go of without an answer: 500, or Abort where the answer has begun.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual void Respond(HttpResponse response) = 0;
  // A body that is sent piece by piece: chunked, or DATA frames.
  virtual void Begin(int status, std::vector<HttpField> fields) = 0;
  // One at a time, between Begin and End. `written(true)` when the socket has taken its last byte;
  // `written(false)` when the client has gone.
  virtual void Write(std::string bytes, absl::AnyInvocable<void(bool) &&> written) = 0;
  virtual void End() = 0;
  // HTTP/1.1: closes the connection; HTTP/2: resets the stream.
  virtual void Abort() = 0;
  // Called once, if the client goes before the answer is complete, or if the server stops while the
  // answer is being streamed (End is still sent then). At once if that has happened already. Never
  // called if the answer is completed first.
  //
  // LIMIT: with HTTP/1.1, a client that shuts down its sending side before it has its answer counts
  // as gone, since that cannot be told from one that has closed.
  virtual void OnGone(absl::AnyInvocable<void() &&> gone) = 0;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // Before the body is read: an answer here refuses the request, whose body is not kept.
  virtual std::optional<HttpResponse> Admit(const HttpRequestHead& head) = 0;
  virtual void Handle(HttpRequest request, std::shared_ptr<HttpExchange> exchange) = 0;
  // The answer to what the server itself refuses: malformed, too large, too slow, overloaded.
  // `head` is null where none could be read. The server sets the status to `status`.
  virtual HttpResponse Refusal(int status, std::string_view why, const HttpRequestHead* head) = 0;
};

}  // namespace penstock::broker
