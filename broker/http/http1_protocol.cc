#include "broker/http/http1_protocol.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/http/body_step.h"
#include "broker/http/http1_response_head.h"
#include "broker/http/strand_exchange.h"

namespace penstock::broker {
namespace {

using Clock = HttpConnection::Clock;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kChunkEnd = "\r\n";
// Holds most heads, and is what a connection at rest keeps.
constexpr size_t kReadBytes = 4096;
// For bodies that are not read into their string: chunked ones, and those that are skipped.
constexpr size_t kBodyReadBytes = size_t{64} * 1024;
// Room for a chunk's line and for the fields after the last one.
constexpr size_t kChunkLineBytesMax = size_t{16} * 1024;

}  // namespace

Http1Protocol::Http1Protocol(HttpConnection& connection)
    : connection_(connection),
      limits_(connection.limits()),
      output_(connection, {.answered = [this] { OnAnswered(); },
                           .deadline_changed = [this] { SetDeadline(); }}) {}

void Http1Protocol::Consume(size_t bytes) {
  taken_ += bytes;
  if (taken_ < buffer_.size()) return;
  buffer_.clear();
  taken_ = 0;
}

void Http1Protocol::Start(std::string_view first) {
  buffer_ = first;
  begun_at_ = Clock::now();
  Proceed();
}

void Http1Protocol::Proceed() {
  bool more = true;
  while (more && !connection_.closed()) {
    switch (state_) {
      case State::kHead:
        more = ProceedHead();
        break;
      case State::kBody:
        more = ProceedBody();
        break;
      case State::kChunks:
        more = ProceedChunks();
        break;
      default:
        more = false;
    }
  }
  if (connection_.closed() || state_ == State::kClosing) return;
  MaybeRead();
  SetDeadline();
}

bool Http1Protocol::ProceedHead() {
  if (Buffered().empty()) return false;
  if (!begun_) {
    begun_ = true;
    begun_at_ = Clock::now();
    scanner_.emplace(limits_);
  }
  switch (scanner_->Scan(Buffered())) {
    case Http1HeadScanner::Result::kMore:
      return false;
    case Http1HeadScanner::Result::kFault:
      RefuseAndClose(scanner_->fault());
      return false;
    case Http1HeadScanner::Result::kComplete:
      break;
  }
  const size_t head_bytes = scanner_->head_bytes();
  parser_.emplace(limits_);
  const std::optional<HttpFault> fault = parser_->ParseHead(Buffered().substr(0, head_bytes));
  Consume(head_bytes);
  HttpRequestHead& head = parser_->head();
  head.secure = connection_.secure();
  head.peer = connection_.peer();
  head.peer_is_loopback = connection_.peer_is_loopback();
  head_only_ = head.method == "HEAD";
  if (fault.has_value()) {
    RefuseAndClose(*fault);
    return false;
  }
  connection_.metrics().http1_requests_total.Add();
  keep_alive_ = parser_->keep_alive();
  http10_ = parser_->is_http10();
  BeginBody();
  return state_ != State::kClosing;
}

std::optional<HttpFault> Http1Protocol::TakeBytes(size_t bytes) {
  switch (hold_.TryTake(bytes)) {
    case ByteTake::kTaken:
      return std::nullopt;
    case ByteTake::kConnectionFull:
      return HttpFault{503, HttpRefusal::kConnectionBytes,
                       "too many bytes under way on this connection"};
    case ByteTake::kServerFull:
      break;
  }
  return HttpFault{503, HttpRefusal::kServerBytes, "too many bytes under way"};
}

HttpResponse Http1Protocol::RefusalFor(const HttpFault& fault) {
  connection_.metrics().Refused(fault.reason);
  HttpResponse response = connection_.handler().Refusal(
      fault.status, fault.why, parser_.has_value() ? &parser_->head() : nullptr);
  response.status = fault.status;
  if (fault.status == 503)
    response.fields.push_back({"retry-after", absl::StrCat(limits_.retry_after_s)});
  return response;
}

std::optional<HttpResponse> Http1Protocol::RefusalOfHead() {
  const HttpRequestHead& head = parser_->head();
  if (const auto fault = CheckRequestHead(head, limits_)) {
    HttpResponse refusal = RefusalFor(*fault);
    // More than would be read of an honest request is not read to be thrown away.
    if (fault->reason == HttpRefusal::kBodyTooLarge) refusal.close = true;
    return refusal;
  }
  if (std::optional<HttpResponse> refused = connection_.handler().Admit(head)) {
    connection_.metrics().Refused(HttpRefusal::kNotAdmitted);
    return refused;
  }
  hold_ = ByteHold(connection_.budgets());
  const uint64_t bytes = parser_->chunked() ? kBodyStepBytesMin : head.content_length.value_or(0);
  if (const auto fault = TakeBytes(std::min<uint64_t>(bytes, kBodyStepBytesMin)))
    return RefusalFor(*fault);
  return std::nullopt;
}

void Http1Protocol::BeginBody() {
  std::optional<HttpResponse> refusal = RefusalOfHead();
  const HttpRequestHead& head = parser_->head();
  discard_ = refusal.has_value();
  const bool waits = ExpectsContinue(head) && !http10_ && Buffered().empty() &&
                     (parser_->chunked() || head.content_length.value_or(0) > 0);
  if (discard_) {
    refusal_ = *std::move(refusal);
    if (refusal_.close || waits) {
      // Whether a client that waits for 100 will send its body now cannot be told.
      close_after_ = unread_ = true;
      return Answer(std::move(refusal_));
    }
  } else if (waits) {
    SendHead(std::string(kContinue));
  }
  body_at_ = Clock::now();
  body_bytes_ = 0;
  body_length_ = head.content_length.value_or(0);
  state_ = parser_->chunked() ? State::kChunks : State::kBody;
  if (!discard_) body_.reserve(std::min(body_length_, kBodyStepBytesMax) + kHttpBodyPadding);
}

bool Http1Protocol::TakeRoom(size_t bytes) {
  if (discard_ || bytes <= hold_.bytes()) return !discard_;
  const std::optional<HttpFault> fault = TakeBytes(bytes - hold_.bytes());
  if (!fault.has_value()) return true;
  refusal_ = RefusalFor(*fault);
  discard_ = true;
  body_ = std::string();
  hold_.Release();
  return false;
}

void Http1Protocol::GrowBody() {
  if (body_bytes_ < body_.size() || body_.size() == body_length_) return;
  const size_t size = std::min(body_length_, body_.size() + BodyStepBytes(body_.size()));
  if (!TakeRoom(size)) return;
  // Moved once, where it is large and has begun to come.
  if (size + kHttpBodyPadding > body_.capacity()) body_.reserve(body_length_ + kHttpBodyPadding);
  body_.resize(size);
}

bool Http1Protocol::ProceedBody() {
  const size_t buffered = std::min<size_t>(Buffered().size(), body_length_ - body_bytes_);
  if (buffered > 0) {
    if (TakeRoom(body_bytes_ + buffered)) {
      // What came with the head, or was sent ahead, is copied.
      body_.resize(body_bytes_);
      body_.append(Buffered().data(), buffered);
    }
    body_bytes_ += buffered;
    Consume(buffered);
  }
  if (body_bytes_ < body_length_) return false;
  OnRequest();
  return true;
}

bool Http1Protocol::ProceedChunks() {
  if (Buffered().empty()) return false;
  const bool kept = TakeRoom(body_.size() + Buffered().size());
  const Http1Parser::Chunks chunks = parser_->ParseChunks(Buffered(), kept ? &body_ : nullptr);
  Consume(chunks.consumed);
  body_bytes_ += chunks.consumed;
  if (chunks.fault.has_value()) {
    RefuseAndClose(*chunks.fault);
    return false;
  }
  if (chunks.complete) {
    body_length_ = body_.size();
    body_.reserve(body_length_ + kHttpBodyPadding);
    OnRequest();
    return true;
  }
  if (Buffered().size() >= kChunkLineBytesMax) {
    RefuseAndClose({400, HttpRefusal::kMalformed, "a chunk's line is too long"});
    return false;
  }
  return false;
}

void Http1Protocol::OnRequest() {
  if (discard_) return Answer(std::move(refusal_));
  state_ = State::kHandling;
  connection_.metrics().body_bytes_total.Add(body_length_);
  exchange_id_ = ++last_id_;
  exchange_ = {};
  HttpRequest request{std::move(parser_->head()), std::exchange(body_, std::string())};
  parser_.reset();
  connection_.handler().Handle(
      std::move(request), std::make_shared<StrandExchange>(connection_.shared_from_this(), this,
                                                           exchange_id_, std::move(hold_)));
}

void Http1Protocol::MaybeRead() {
  if (reading_ || ended_ || state_ == State::kClosing) return;
  if (state_ == State::kBody && !discard_) GrowBody();
  const bool into_body = state_ == State::kBody && !discard_;
  boost::asio::mutable_buffer room;
  if (into_body) {
    room = boost::asio::buffer(body_.data() + body_bytes_, body_.size() - body_bytes_);
  } else {
    // A client that sends ahead of its answers is not read further than this.
    if (Buffered().size() > limits_.line_bytes_max + limits_.fields_bytes_max) return;
    const bool of_body = state_ == State::kBody || state_ == State::kChunks;
    const size_t wanted = of_body ? kBodyReadBytes : kReadBytes;
    if (read_area_.size() != wanted) read_area_ = std::string(wanted, '\0');
    room = boost::asio::buffer(read_area_);
  }
  reading_ = true;
  connection_.Read(
      room, [this, into_body](Error error, size_t bytes) { OnRead(error, bytes, into_body); });
}

void Http1Protocol::OnRead(Error error, size_t bytes, bool into_body) {
  reading_ = false;
  if (error) return OnReadError();
  if (into_body) {
    body_bytes_ += bytes;
  } else {
    buffer_.erase(0, std::exchange(taken_, 0));
    buffer_.append(read_area_, 0, bytes);
  }
  Proceed();
}

void Http1Protocol::OnReadError() {
  ended_ = true;
  // The answer is on its way: a client that has said that it sends no more may still read it.
  if (state_ == State::kAnswering) {
    close_after_ = true;
    return;
  }
  connection_.Close();
}

void Http1Protocol::RefuseAndClose(const HttpFault& fault) {
  close_after_ = unread_ = true;
  Answer(RefusalFor(fault));
}

void Http1Protocol::Answer(HttpResponse response) {
  state_ = State::kAnswering;
  exchange_id_ = 0;
  exchange_ = {};
  if (response.close || !keep_alive_ || draining_ || http10_) close_after_ = true;
  const Http1ResponseHead head{.status = response.status,
                               .fields = &response.fields,
                               .body = Http1Body::kLength,
                               .content_length = response.body.size(),
                               .close = close_after_};
  const bool has_body = response.status != 204 && !head_only_;
  Http1Output::Part part = PartOf(has_body ? std::move(response.body) : std::string());
  part.head = head.Text();
  part.hold = std::move(response.hold);
  part.last = true;
  output_.Send(std::move(part));
}

bool Http1Protocol::IsCurrent(uint64_t id, State state) const {
  return id == exchange_id_ && state == state_ && !connection_.closed();
}

void Http1Protocol::Respond(uint64_t id, HttpResponse response) {
  if (IsCurrent(id, State::kHandling)) Answer(std::move(response));
}

void Http1Protocol::Begin(uint64_t id, int status, std::vector<HttpField> fields) {
  if (!IsCurrent(id, State::kHandling)) return;
  state_ = State::kStreaming;
  if (!keep_alive_ || draining_ || http10_) close_after_ = true;
  const Http1ResponseHead head{.status = status,
                               .fields = &fields,
                               .body = http10_ ? Http1Body::kUntilClose : Http1Body::kChunked,
                               .close = close_after_};
  SendHead(head.Text());
  if (draining_) TellGone();
}

void Http1Protocol::Write(uint64_t id, std::string bytes, Written written) {
  if (!IsCurrent(id, State::kStreaming)) return std::move(written)(false);
  Http1Output::Part part = PartOf(head_only_ ? std::string() : std::move(bytes));
  part.written = std::move(written);
  // A chunk of no bytes would be the last one.
  if (!http10_ && !part.body.empty()) {
    part.head = absl::StrCat(absl::Hex(part.body.size()), "\r\n");
    part.tail = kChunkEnd;
  }
  output_.Send(std::move(part));
}

void Http1Protocol::End(uint64_t id) {
  if (!IsCurrent(id, State::kStreaming)) return Drop(id);
  state_ = State::kAnswering;
  exchange_id_ = 0;
  exchange_ = {};
  Http1Output::Part part;
  if (!http10_ && !head_only_) part.tail = kLastChunk;
  part.last = true;
  output_.Send(std::move(part));
}

void Http1Protocol::Abort(uint64_t id) {
  if (id == exchange_id_) connection_.Close();
}

void Http1Protocol::OnGone(uint64_t id, Gone gone) {
  if (id != exchange_id_ || exchange_.told) return std::move(gone)();
  exchange_.gone = std::move(gone);
}

void Http1Protocol::Drop(uint64_t id) {
  if (IsCurrent(id, State::kStreaming)) return connection_.Close();
  // Let go of because its time is up, of which it is just being told: that is what it is answered.
  if (!IsCurrent(id, State::kHandling) || timing_out_) return;
  HttpResponse response = connection_.handler().Refusal(500, "no answer was given", nullptr);
  response.status = 500;
  Answer(std::move(response));
}

void Http1Protocol::SendHead(std::string head) {
  Http1Output::Part part;
  part.head = std::move(head);
  output_.Send(std::move(part));
}

Http1Output::Part Http1Protocol::PartOf(std::string body) const {
  Http1Output::Part part;
  part.body = std::move(body);
  part.bytes = ByteHold(connection_.budgets());
  part.bytes.Take(part.body.size());
  return part;
}

void Http1Protocol::OnAnswered() {
  if (close_after_ || draining_) {
    state_ = State::kClosing;
    return connection_.CloseGently(unread_);
  }
  state_ = State::kHead;
  begun_ = false;
  discard_ = false;
  head_only_ = false;
  parser_.reset();
  scanner_.reset();
  hold_.Release();
  body_ = std::string();
  Proceed();
}

HttpConnection::TimePoint Http1Protocol::After(TimePoint from, int64_t ms) const {
  return from + std::chrono::milliseconds(ms);
}

void Http1Protocol::SetDeadline() {
  if (connection_.closed() || state_ == State::kClosing) return;
  TimePoint deadline = TimePoint::max();
  const TimePoint whole = After(begun_at_, limits_.request_timeout_ms);
  switch (state_) {
    case State::kHead:
      deadline = begun_ ? After(begun_at_, limits_.header_timeout_ms)
                        : After(Clock::now(), limits_.idle_timeout_ms);
      break;
    case State::kBody:
    case State::kChunks: {
      const auto earned_ms =
          static_cast<int64_t>(body_bytes_) * 1000 / limits_.body_bytes_per_second_min;
      deadline = std::min(After(body_at_, limits_.body_grace_ms + earned_ms), whole);
      break;
    }
    case State::kHandling:
      deadline = whole;
      break;
    default:
      break;
  }
  connection_.SetDeadline(std::min(deadline, output_.Deadline()));
}

void Http1Protocol::OnDeadline() {
  const TimePoint now = Clock::now();
  if (now >= output_.Deadline()) {
    connection_.metrics().Refused(HttpRefusal::kWriteTimeout);
    return connection_.Close();
  }
  const bool whole = now >= After(begun_at_, limits_.request_timeout_ms);
  switch (state_) {
    case State::kHead:
      if (!begun_) return connection_.Close();
      return RefuseAndClose({408, HttpRefusal::kHeaderTimeout, "the request's head took too long"});
    case State::kBody:
    case State::kChunks:
      if (whole) {
        return RefuseAndClose({408, HttpRefusal::kRequestTimeout, "the request took too long"});
      }
      return RefuseAndClose({408, HttpRefusal::kBodyTooSlow, "the request's body came too slowly"});
    case State::kHandling:
      timing_out_ = true;
      TellGone();
      timing_out_ = false;
      // The handler may have answered, or cut the connection off, when it was told.
      if (state_ != State::kHandling || connection_.closed()) return;
      return RefuseAndClose({504, HttpRefusal::kRequestTimeout, "the answer took too long"});
    default:
      return SetDeadline();
  }
}

void Http1Protocol::TellGone() {
  if (std::exchange(exchange_.told, true)) return;
  // Out of exchange_, which an answer given from within it resets.
  Gone gone = std::exchange(exchange_.gone, nullptr);
  if (gone) std::move(gone)();
}

void Http1Protocol::Drain() {
  draining_ = true;
  // A request whose head has not come is sent again elsewhere: nothing has been done for it.
  if (state_ == State::kHead) {
    state_ = State::kClosing;
    return connection_.CloseGently(/*unread=*/begun_);
  }
  if (state_ == State::kStreaming) TellGone();
}

void Http1Protocol::OnClosed() {
  if (exchange_id_ != 0) TellGone();
  output_.GiveUp();
}

void Http1Protocol::Release() {
  output_.Clear();
  buffer_ = std::string();
  read_area_ = std::string();
  body_ = std::string();
  hold_.Release();
  // OnGone may still come, from another thread that found the connection open.
  exchange_id_ = 0;
  exchange_ = {};
}

}  // namespace penstock::broker
