// Http1Protocol: HTTP/1.1 on one connection.
//
//   ┌─▶ head ─▶ Admit ─▶ body ─▶ Handle ─▶ answer ─┐
//   │                │                             │
//   │                └ refused ─▶ body is skipped ─┤
//   └────────────────── keep-alive ◀───────────────┴─▶ close
//
// One request at a time: what a client sends ahead (pipelining) waits in the buffer, and, when that
// is full, in the socket. While a request is answered one read stays under way, so that a client
// that goes is noticed. A body of known length is read into its string, without a buffer between.
// Answers go out as one gathered write. Whatever cannot be framed with certainty is refused and ends
// the connection; other refusals skip the body and keep it. Belongs to a connection, on its strand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/http/byte_budget.h"
#include "broker/http/http1_head_scanner.h"
#include "broker/http/http1_output.h"
#include "broker/http/http1_parser.h"
#include "broker/http/http_connection.h"
#include "broker/http/http_protocol.h"

namespace penstock::broker {

class Http1Protocol final : public HttpProtocol {
 public:
  // `connection` owns it.
  explicit Http1Protocol(HttpConnection& connection);

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

  enum class State {
    kHead,  // no bytes yet: idle
    kBody,  // of known length
    kChunks,
    kHandling,   // the handler has it
    kStreaming,  // Begin was called
    kAnswering,  // the last of the answer is being written
    kClosing,
  };
  struct Exchange {
    Gone gone;
    // OnGone has nothing more to say: it has been called.
    bool told = false;
  };

  // Goes on with what is in the buffer, as far as it can.
  void Proceed();
  // Each returns whether there is something more to do at once.
  bool ProceedHead();
  bool ProceedBody();
  bool ProceedChunks();
  void MaybeRead();
  void OnRead(Error error, size_t bytes, bool into_body);
  void OnReadError();

  // Of a request whose head is in parser_: whether its body is wanted.
  std::optional<HttpResponse> RefusalOfHead();
  HttpResponse RefusalFor(const HttpFault& fault);
  std::optional<HttpFault> TakeBytes(size_t bytes);
  void BeginBody();
  void GrowBody();
  // Whether the body may have that many bytes in all; if not, it is skipped from here on.
  bool TakeRoom(size_t bytes);
  void OnRequest();
  // Answers and closes: what follows on the connection cannot be told.
  void RefuseAndClose(const HttpFault& fault);
  void Answer(HttpResponse response);
  bool IsCurrent(uint64_t id, State state) const;

  void SendHead(std::string head);
  // A body's bytes, counted until they are out.
  Http1Output::Part PartOf(std::string body) const;
  void OnAnswered();

  void SetDeadline();
  TimePoint After(TimePoint from, int64_t ms) const;
  void TellGone();
  std::string_view Buffered() const { return std::string_view(buffer_).substr(taken_); }
  void Consume(size_t bytes);

  HttpConnection& connection_;
  const HttpLimits& limits_;

  State state_ = State::kHead;
  // What has come and is not looked at yet begins at taken_.
  std::string buffer_;
  size_t taken_ = 0;
  // Where reads go that do not go into a body: what is in buffer_ may move while one is under way.
  std::string read_area_;
  bool reading_ = false;
  // The client has said that it sends no more.
  bool ended_ = false;
  bool draining_ = false;
  // The handler is being told that its time is up.
  bool timing_out_ = false;
  bool close_after_ = false;
  // The client may still be sending what is not wanted.
  bool unread_ = false;

  // Of the request that is being read.
  std::optional<Http1HeadScanner> scanner_;
  std::optional<Http1Parser> parser_;
  std::string body_;
  size_t body_bytes_ = 0;   // come so far
  size_t body_length_ = 0;  // of kBody
  bool discard_ = false;    // the body is skipped, and then refusal_ sent
  HttpResponse refusal_;
  ByteHold hold_;
  bool begun_ = false;  // its first byte has come
  TimePoint begun_at_;
  TimePoint body_at_;
  bool keep_alive_ = true;
  // HEAD: the answer has no body, though it says its length.
  bool head_only_ = false;
  bool http10_ = false;

  // 0: there is none.
  uint64_t exchange_id_ = 0;
  uint64_t last_id_ = 0;
  Exchange exchange_;

  Http1Output output_;
};

}  // namespace penstock::broker
