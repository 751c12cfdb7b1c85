// Http2Protocol: HTTP/2 on one connection, with nghttp2.
//
//   bytes ─▶ nghttp2 ─▶ fields ─▶ Admit ─▶ body ─▶ Handle ─▶ answer ─▶ nghttp2 ─▶ bytes
//                         └ refused: answered at once, the body is thrown away
//
// nghttp2 knows frames, HPACK, flow control and the rules of messages, and resets streams that break
// them; this holds the requests and answers, and the bounds. Bodies are taken as they come, so that
// the window is always open: what bounds them is the byte budgets, from which they are taken
// as they come. Answers are put into the frames from their own strings, copied once, into what is
// written next, a bounded piece; what they hold is let go of, and `written` called, when the socket
// has taken their last byte. No push; trailers are ignored. Handle, and what exchanges gave, are
// never called from within nghttp2; Admit is. Belongs to a connection, on its strand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"

#include "broker/http/byte_budget.h"
#include "broker/http/http2_output.h"
#include "broker/http/http2_stream.h"
#include "broker/http/http_connection.h"
#include "broker/http/http_fault.h"
#include "broker/http/http_protocol.h"

struct nghttp2_session;

namespace penstock::broker {

class Http2Protocol final : public HttpProtocol {
 public:
  // `connection` owns it.
  explicit Http2Protocol(HttpConnection& connection);
  ~Http2Protocol() override;

  void Start(std::string_view first) override;
  void OnDeadline() override;
  void Drain() override;
  void OnClosed() override;
  void Release() override;

  void Respond(uint64_t id, HttpResponse response) override;
  void Begin(uint64_t id, int status, std::vector<HttpField> fields) override;
  void Write(uint64_t id, std::string bytes, Written written) override;
  void End(uint64_t id) override;
  void Abort(uint64_t id) override;
  void OnGone(uint64_t id, Gone gone) override;
  void Drop(uint64_t id) override;

 private:
  using Error = HttpConnection::Error;
  using TimePoint = HttpConnection::TimePoint;
  // nghttp2's callbacks, which find the protocol behind their user data.
  friend struct Http2Callbacks;

  // From nghttp2. Ids are stream ids, which are positive.
  void OnBeginHeaders(int32_t id);
  void OnField(Http2Stream& stream, std::string_view name, std::string_view value);
  void OnPseudoField(Http2Stream& stream, std::string_view name, std::string_view value);
  void OnHeadersEnd(Http2Stream& stream);
  void OnBodyBytes(Http2Stream& stream, std::string_view bytes);
  void OnEndStream(Http2Stream& stream);
  void OnStreamClosed(int32_t id);
  // The last frame of an answer was sent.
  void OnEndSent(int32_t id);
  void HandleLater(int32_t id);
  Http2Stream* Find(int64_t id);

  // Of a request whose fields are complete: why its body is not wanted.
  std::optional<HttpResponse> RefusalOfHead(Http2Stream& stream);
  std::optional<HttpFault> TakeBytes(Http2Stream& stream, size_t bytes);
  HttpResponse RefusalFor(const HttpFault& fault, const HttpRequestHead* head);
  void Refuse(Http2Stream& stream, const HttpFault& fault);
  void Answer(Http2Stream& stream, HttpResponse response);
  // `content_length`: absent if the answer is streamed.
  void SubmitHead(Http2Stream& stream, int status, const std::vector<HttpField>& fields,
                  std::optional<size_t> content_length);
  void AppendPiece(Http2Stream& stream, Http2Piece piece);
  void Resume(Http2Stream& stream);
  void TellGone(Http2Stream& stream);

  void MaybeRead();
  void OnRead(Error error, size_t bytes);
  void Feed(std::string_view bytes);
  // What waits until nghttp2 is not on the stack; then writes, and sees whether it is all over.
  void Pump();
  void CloseIfOver();
  void FillOutput();
  void OnWritten(std::vector<Http2Piece> pieces);

  void SetDeadline();
  TimePoint DeadlineOf(const Http2Stream& stream) const;
  // What to do about a stream whose deadline has come.
  void Expire(Http2Stream& stream, TimePoint now);

  HttpConnection& connection_;
  const HttpLimits& limits_;
  nghttp2_session* session_ = nullptr;
  absl::flat_hash_map<int32_t, std::unique_ptr<Http2Stream>> streams_;
  // Calls of the handler and of what exchanges gave, in order.
  std::deque<absl::AnyInvocable<void() &&>> later_;
  bool pumping_ = false;
  bool draining_ = false;
  // The client was told to go because the connection is at rest.
  bool terminated_ = false;
  bool closing_ = false;
  TimePoint active_at_;

  std::string read_area_;
  bool reading_ = false;
  Http2Output output_;
};

}  // namespace penstock::broker
