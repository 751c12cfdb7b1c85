#include "broker/http/http2_protocol.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/buffer.hpp>
#include <nghttp2/nghttp2.h>

#include "broker/http/body_step.h"
#include "broker/http/http1_response_head.h"
#include "broker/http/http2_callbacks.h"
#include "broker/http/http_date.h"
#include "broker/http/strand_exchange.h"
#include "common/check.h"

namespace penstock::broker {
namespace {

using Clock = HttpConnection::Clock;
using Phase = Http2Stream::Phase;

constexpr size_t kReadBytes = size_t{64} * 1024;
// What a connection without streams keeps.
constexpr size_t kRestReadBytes = size_t{4} * 1024;
// What a field costs beyond its name and value (RFC 9113, 6.5.2).
constexpr size_t kFieldExtraBytes = 32;

nghttp2_nv FieldOf(std::string_view name, std::string_view value) {
  // nghttp2 copies both, and writes to neither.
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

Http2Protocol::Http2Protocol(HttpConnection& connection)
    : connection_(connection),
      limits_(connection.limits()),
      session_(Http2Callbacks::NewSession(this, limits_)),
      active_at_(Clock::now()),
      output_(connection,
              {.written = [this](std::vector<Http2Piece> pieces) { OnWritten(std::move(pieces)); },
               .deadline_changed = [this] { SetDeadline(); }}) {}

Http2Protocol::~Http2Protocol() {
  ::nghttp2_session_del(session_);
}

void Http2Protocol::Start(std::string_view first) {
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits_.fields_bytes_max)},
  }};
  CHECK(::nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) ==
        0);
  CHECK(::nghttp2_session_set_local_window_size(
            session_, NGHTTP2_FLAG_NONE, 0,
            static_cast<int32_t>(limits_.connection_window_bytes)) == 0);
  Feed(first);
}

Http2Stream* Http2Protocol::Find(int64_t id) {
  const auto found = streams_.find(static_cast<int32_t>(id));
  return found == streams_.end() ? nullptr : found->second.get();
}

// --- What nghttp2 calls ---

void Http2Protocol::OnBeginHeaders(int32_t id) {
  auto stream = std::make_unique<Http2Stream>();
  stream->id = id;
  stream->begun_at = Clock::now();
  stream->head.version = HttpVersion::kHttp2;
  stream->head.secure = connection_.secure();
  stream->head.peer = connection_.peer();
  stream->head.peer_is_loopback = connection_.peer_is_loopback();
  streams_.emplace(id, std::move(stream));
}

void Http2Protocol::OnField(Http2Stream& stream, std::string_view name, std::string_view value) {
  if (stream.fault.has_value()) return;
  const bool is_path = name == ":path";
  if (name.size() + value.size() > limits_.line_bytes_max) {
    stream.fault =
        is_path
            ? HttpFault{414, HttpRefusal::kRequestLineTooLong,
                        absl::StrCat("path has more than ", limits_.line_bytes_max, " bytes")}
            : HttpFault{431, HttpRefusal::kFieldTooLong,
                        absl::StrCat("a field has more than ", limits_.line_bytes_max, " bytes")};
    return;
  }
  stream.fields_bytes += name.size() + value.size() + kFieldExtraBytes;
  if (stream.fields_bytes > limits_.fields_bytes_max) {
    stream.fault =
        HttpFault{431, HttpRefusal::kFieldsTooLarge,
                  absl::StrCat("fields have more than ", limits_.fields_bytes_max, " bytes")};
    return;
  }
  if (name.starts_with(':')) return OnPseudoField(stream, name, value);
  if (stream.head.fields.size() >= limits_.fields_max) {
    stream.fault = HttpFault{431, HttpRefusal::kTooManyFields,
                             absl::StrCat("more than ", limits_.fields_max, " fields")};
    return;
  }
  stream.head.fields.push_back({std::string(name), std::string(value)});
}

void Http2Protocol::OnPseudoField(Http2Stream& stream, std::string_view name,
                                  std::string_view value) {
  if (name == ":method") {
    stream.head.method = value;
    stream.head_only = value == "HEAD";
  }
  if (name == ":path") stream.head.target = value;
  if (name == ":authority") stream.authority = value;
}

void Http2Protocol::OnHeadersEnd(Http2Stream& stream) {
  connection_.metrics().http2_requests_total.Add();
  HttpRequestHead& head = stream.head;
  const std::string* host = head.Find("host");
  if (host == nullptr && !stream.authority.empty()) {
    head.fields.push_back({"host", stream.authority});
  } else if (host != nullptr &&
             (head.Count("host") > 1 || (!stream.authority.empty() && *host != stream.authority))) {
    // Who reads one of them and who reads the other would serve two different requests.
    return Refuse(stream, {400, HttpRefusal::kMalformed, "host is said twice"});
  }
  uint64_t length = 0;
  // nghttp2 has checked that it is a number, and there once.
  if (const std::string* text = head.Find("content-length");
      text != nullptr && absl::SimpleAtoi(*text, &length))
    head.content_length = length;
  if (stream.fault.has_value()) return Refuse(stream, *stream.fault);
  if (std::optional<HttpResponse> refusal = RefusalOfHead(stream))
    return Answer(stream, *std::move(refusal));
  stream.phase = Phase::kBody;
  stream.body_at = Clock::now();
  stream.body.reserve(std::min<size_t>(head.content_length.value_or(0), kBodyStepBytesMax) +
                      kHttpBodyPadding);
  if (ExpectsContinue(head) && !stream.request_complete) {
    const nghttp2_nv status = FieldOf(":status", "100");
    CHECK(::nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &status, 1,
                                   nullptr) == 0);
  }
}

std::optional<HttpFault> Http2Protocol::TakeBytes(Http2Stream& stream, size_t bytes) {
  switch (stream.body_in_budget.TryTake(bytes)) {
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

std::optional<HttpResponse> Http2Protocol::RefusalOfHead(Http2Stream& stream) {
  if (const auto fault = CheckRequestHead(stream.head, limits_))
    return RefusalFor(*fault, &stream.head);
  if (std::optional<HttpResponse> refused = connection_.handler().Admit(stream.head)) {
    connection_.metrics().Refused(HttpRefusal::kNotAdmitted);
    return refused;
  }
  stream.body_in_budget = ByteHold(connection_.budgets());
  const uint64_t length = stream.head.content_length.value_or(0);
  if (const auto fault = TakeBytes(stream, std::min<uint64_t>(length, kBodyStepBytesMin)))
    return RefusalFor(*fault, &stream.head);
  return std::nullopt;
}

HttpResponse Http2Protocol::RefusalFor(const HttpFault& fault, const HttpRequestHead* head) {
  connection_.metrics().Refused(fault.reason);
  HttpResponse response = connection_.handler().Refusal(fault.status, fault.why, head);
  response.status = fault.status;
  if (fault.status == 503)
    response.fields.push_back({"retry-after", absl::StrCat(limits_.retry_after_s)});
  return response;
}

void Http2Protocol::Refuse(Http2Stream& stream, const HttpFault& fault) {
  Answer(stream, RefusalFor(fault, &stream.head));
}

void Http2Protocol::OnBodyBytes(Http2Stream& stream, std::string_view bytes) {
  if (stream.phase != Phase::kBody) return;
  const size_t size = stream.body.size() + bytes.size();
  if (size > limits_.body_bytes_max) return Refuse(stream, BodyTooLarge(limits_));
  const std::optional<uint64_t> length = stream.head.content_length;
  const size_t taken = stream.body_in_budget.bytes();
  if (size > taken) {
    size_t step = BodyStepBytes(stream.body.size());
    if (length.has_value()) step = std::min<size_t>(step, *length - std::min(*length, taken));
    if (const auto fault = TakeBytes(stream, std::max(step, size - taken)))
      return Refuse(stream, *fault);
  }
  // Moved once, where it is large and has begun to come.
  if (length.has_value() && size + kHttpBodyPadding > stream.body.capacity())
    stream.body.reserve(*length + kHttpBodyPadding);
  stream.body.append(bytes);
}

void Http2Protocol::OnEndStream(Http2Stream& stream) {
  if (stream.phase != Phase::kBody) return;
  stream.phase = Phase::kHandling;
  stream.body.reserve(stream.body.size() + kHttpBodyPadding);
  connection_.metrics().body_bytes_total.Add(stream.body.size());
  later_.emplace_back([this, id = stream.id] { HandleLater(id); });
}

void Http2Protocol::HandleLater(int32_t id) {
  Http2Stream* stream = Find(id);
  // It may have been reset meanwhile.
  if (stream == nullptr || stream->phase != Phase::kHandling) return;
  HttpRequest request{std::move(stream->head), std::exchange(stream->body, std::string())};
  connection_.handler().Handle(
      std::move(request), std::make_shared<StrandExchange>(connection_.shared_from_this(), this, id,
                                                           std::move(stream->body_in_budget)));
}

void Http2Protocol::OnStreamClosed(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Http2Stream& stream = *found->second;
  // An answer that was given whole does not go: what is left of it is told through `written`.
  if (stream.phase != Phase::kAnswered) TellGone(stream);
  for (Http2Piece& piece : stream.pieces) {
    if (!piece.written) continue;
    later_.emplace_back(
        [written = std::move(piece.written)]() mutable { std::move(written)(false); });
  }
  streams_.erase(found);
}

void Http2Protocol::OnEndSent(int32_t id) {
  const Http2Stream* stream = Find(id);
  // Nobody waits for the rest of the request (RFC 9113, 8.1).
  if (stream != nullptr && !stream->request_complete)
    ::nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

// --- What exchanges call ---

void Http2Protocol::SubmitHead(Http2Stream& stream, int status,
                               const std::vector<HttpField>& fields,
                               std::optional<size_t> content_length) {
  // Before they are pointed to.
  std::vector<HttpField> all;
  all.reserve(fields.size() + 3);
  all.push_back({":status", absl::StrCat(status)});
  all.push_back({"date", std::string(HttpDateNow())});
  for (const HttpField& field : fields) {
    HttpField& added = all.emplace_back();
    added.name = absl::AsciiStrToLower(field.name);
    added.value = SafeFieldValue(field.value);
  }
  if (content_length.has_value() && status != 204)
    all.push_back({"content-length", absl::StrCat(*content_length)});
  std::vector<nghttp2_nv> wire;
  wire.reserve(all.size());
  for (const HttpField& field : all) wire.push_back(FieldOf(field.name, field.value));
  nghttp2_data_provider provider{};
  provider.read_callback = &Http2Callbacks::ReadData;
  const bool no_body = content_length.has_value() && (*content_length == 0 || stream.head_only);
  CHECK(::nghttp2_submit_response(session_, stream.id, wire.data(), wire.size(),
                                  no_body ? nullptr : &provider) == 0);
}

void Http2Protocol::Answer(Http2Stream& stream, HttpResponse response) {
  stream.phase = Phase::kAnswered;
  stream.gone = nullptr;
  stream.body = std::string();
  stream.body_in_budget.Release();
  if (response.status == 204) response.body.clear();
  SubmitHead(stream, response.status, response.fields, response.body.size());
  Http2Piece piece;
  piece.bytes = std::move(response.body);
  piece.hold = std::move(response.hold);
  AppendPiece(stream, std::move(piece));
}

void Http2Protocol::AppendPiece(Http2Stream& stream, Http2Piece piece) {
  if (stream.head_only) piece.bytes.clear();
  if (piece.bytes.empty()) {
    if (piece.written) {
      later_.emplace_back(
          [written = std::move(piece.written)]() mutable { std::move(written)(true); });
    }
    return;
  }
  if (stream.pending_bytes == 0) stream.progress_at = Clock::now();
  stream.pending_bytes += piece.bytes.size();
  piece.in_budget = ByteHold(connection_.budgets());
  piece.in_budget.Take(piece.bytes.size());
  stream.pieces.push_back(std::move(piece));
  Resume(stream);
}

void Http2Protocol::Resume(Http2Stream& stream) {
  if (std::exchange(stream.deferred, false)) ::nghttp2_session_resume_data(session_, stream.id);
}

void Http2Protocol::Respond(uint64_t id, HttpResponse response) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->phase != Phase::kHandling) return;
  Answer(*stream, std::move(response));
  Pump();
}

void Http2Protocol::Begin(uint64_t id, int status, std::vector<HttpField> fields) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->phase != Phase::kHandling) return;
  stream->phase = Phase::kStreaming;
  SubmitHead(*stream, status, fields, std::nullopt);
  if (draining_) TellGone(*stream);
  Pump();
}

void Http2Protocol::Write(uint64_t id, std::string bytes, Written written) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->phase != Phase::kStreaming) return std::move(written)(false);
  Http2Piece piece;
  piece.bytes = std::move(bytes);
  piece.written = std::move(written);
  AppendPiece(*stream, std::move(piece));
  Pump();
}

void Http2Protocol::End(uint64_t id) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->phase != Phase::kStreaming) return Drop(id);
  stream->phase = Phase::kAnswered;
  stream->gone = nullptr;
  Resume(*stream);
  Pump();
}

void Http2Protocol::Abort(uint64_t id) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->phase == Phase::kAnswered) return;
  stream->phase = Phase::kAnswered;
  stream->gone = nullptr;
  ::nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_INTERNAL_ERROR);
  Pump();
}

void Http2Protocol::OnGone(uint64_t id, Gone gone) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr || stream->told || stream->phase == Phase::kAnswered)
    return std::move(gone)();
  stream->gone = std::move(gone);
}

void Http2Protocol::Drop(uint64_t id) {
  Http2Stream* stream = Find(static_cast<int64_t>(id));
  if (stream == nullptr) return;
  if (stream->phase == Phase::kStreaming) return Abort(id);
  if (stream->phase != Phase::kHandling) return;
  HttpResponse response = connection_.handler().Refusal(500, "no answer was given", nullptr);
  response.status = 500;
  Answer(*stream, std::move(response));
  Pump();
}

void Http2Protocol::TellGone(Http2Stream& stream) {
  if (std::exchange(stream.told, true) || !stream.gone) return;
  later_.push_back(std::move(stream.gone));
  stream.gone = nullptr;
}

// --- Bytes ---

void Http2Protocol::MaybeRead() {
  if (reading_ || closing_) return;
  reading_ = true;
  const size_t wanted = streams_.empty() ? kRestReadBytes : kReadBytes;
  if (read_area_.size() != wanted) read_area_ = std::string(wanted, '\0');
  connection_.Read(boost::asio::buffer(read_area_),
                   [this](Error error, size_t bytes) { OnRead(error, bytes); });
}

void Http2Protocol::OnRead(Error error, size_t bytes) {
  reading_ = false;
  if (error) return connection_.Close();
  active_at_ = Clock::now();
  Feed(std::string_view(read_area_).substr(0, bytes));
}

void Http2Protocol::Feed(std::string_view bytes) {
  const ssize_t used = ::nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (used < 0 ||
      ::nghttp2_session_get_outbound_queue_size(session_) > limits_.frames_waiting_max()) {
    // A flood, or no HTTP/2: nothing can be said to such a client.
    connection_.metrics().Refused(HttpRefusal::kHttp2Protocol);
    return connection_.Close();
  }
  Pump();
}

void Http2Protocol::Pump() {
  if (pumping_ || connection_.closed()) return;
  pumping_ = true;
  do {
    while (!later_.empty() && !connection_.closed()) {
      absl::AnyInvocable<void()&&> next = std::move(later_.front());
      later_.pop_front();
      std::move(next)();
    }
    if (!connection_.closed()) FillOutput();
  } while (!later_.empty() && !connection_.closed());
  pumping_ = false;
  if (connection_.closed()) return;
  CloseIfOver();
  if (closing_) return;
  MaybeRead();
  SetDeadline();
}

void Http2Protocol::FillOutput() {
  if (output_.writing() || closing_) return;
  while (!output_.full()) {
    const uint8_t* bytes = nullptr;
    const ssize_t count = ::nghttp2_session_mem_send(session_, &bytes);
    if (count < 0) return connection_.Close();
    // What is sent without a copy was put in already; that is the end of it, or it is full.
    if (count == 0) break;
    output_.Append({reinterpret_cast<const char*>(bytes), static_cast<size_t>(count)});
  }
  output_.Write();
}

void Http2Protocol::OnWritten(std::vector<Http2Piece> pieces) {
  for (Http2Piece& piece : pieces) {
    if (!piece.written) continue;
    later_.emplace_back(
        [written = std::move(piece.written)]() mutable { std::move(written)(true); });
  }
  if (streams_.empty()) output_.Shrink();
  Pump();
}

void Http2Protocol::CloseIfOver() {
  if (closing_ || output_.writing() || !later_.empty()) return;
  const bool ended =
      ::nghttp2_session_want_read(session_) == 0 && ::nghttp2_session_want_write(session_) == 0;
  const bool drained = draining_ && streams_.empty() && ::nghttp2_session_want_write(session_) == 0;
  if (!ended && !drained) return;
  closing_ = true;
  connection_.CloseGently(/*unread=*/false);
}

// --- Time ---

HttpConnection::TimePoint Http2Protocol::DeadlineOf(const Http2Stream& stream) const {
  const auto after = [](TimePoint from, int64_t ms) {
    return from + std::chrono::milliseconds(ms);
  };
  const TimePoint whole = after(stream.begun_at, limits_.request_timeout_ms);
  switch (stream.phase) {
    case Phase::kHead:
      return after(stream.begun_at, limits_.header_timeout_ms);
    case Phase::kBody: {
      const auto earned_ms =
          static_cast<int64_t>(stream.body.size()) * 1000 / limits_.body_bytes_per_second_min;
      return std::min(after(stream.body_at, limits_.body_grace_ms + earned_ms), whole);
    }
    case Phase::kHandling:
      return whole;
    case Phase::kStreaming:
    case Phase::kAnswered:
      break;
  }
  return stream.pending_bytes > 0 ? after(stream.progress_at, limits_.write_timeout_ms)
                                  : TimePoint::max();
}

void Http2Protocol::SetDeadline() {
  TimePoint deadline = TimePoint::max();
  // Once: what has been said may be stuck behind a write, whose own deadline follows.
  if (streams_.empty() && !draining_ && !terminated_)
    deadline = active_at_ + std::chrono::milliseconds(limits_.idle_timeout_ms);
  for (const auto& [id, stream] : streams_) deadline = std::min(deadline, DeadlineOf(*stream));
  connection_.SetDeadline(std::min(deadline, output_.Deadline()));
}

void Http2Protocol::Expire(Http2Stream& stream, TimePoint now) {
  const bool whole = now >= stream.begun_at + std::chrono::milliseconds(limits_.request_timeout_ms);
  switch (stream.phase) {
    case Phase::kHead:
      // Nothing else can come before the rest of the fields.
      connection_.metrics().Refused(HttpRefusal::kHeaderTimeout);
      return connection_.Close();
    case Phase::kBody:
      return Refuse(stream,
                    {408, whole ? HttpRefusal::kRequestTimeout : HttpRefusal::kBodyTooSlow,
                     whole ? "the request took too long" : "the request's body came too slowly"});
    case Phase::kHandling:
      TellGone(stream);
      return Refuse(stream, {504, HttpRefusal::kRequestTimeout, "the answer took too long"});
    case Phase::kStreaming:
    case Phase::kAnswered:
      break;
  }
  connection_.metrics().Refused(HttpRefusal::kWriteTimeout);
  stream.progress_at = now;
  ::nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
}

void Http2Protocol::OnDeadline() {
  const TimePoint now = Clock::now();
  if (now >= output_.Deadline()) {
    connection_.metrics().Refused(HttpRefusal::kWriteTimeout);
    return connection_.Close();
  }
  if (streams_.empty() && !draining_ && !terminated_ &&
      now >= active_at_ + std::chrono::milliseconds(limits_.idle_timeout_ms)) {
    terminated_ = true;
    ::nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    return Pump();
  }
  std::vector<Http2Stream*> expired;
  for (const auto& [id, stream] : streams_) {
    if (now >= DeadlineOf(*stream)) expired.push_back(stream.get());
  }
  for (Http2Stream* stream : expired) {
    Expire(*stream, now);
    if (connection_.closed()) return;
  }
  Pump();
}

void Http2Protocol::Drain() {
  draining_ = true;
  ::nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          ::nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  for (const auto& [id, stream] : streams_) {
    if (stream->phase == Phase::kStreaming) TellGone(*stream);
  }
  Pump();
}

void Http2Protocol::OnClosed() {
  // What exchanges gave, and only that: requests that were not handled yet have no exchange.
  for (const auto& [id, stream] : streams_) {
    if (stream->phase == Phase::kHandling || stream->phase == Phase::kStreaming) TellGone(*stream);
    for (Http2Piece& piece : stream->pieces) {
      if (!piece.written) continue;
      later_.emplace_back(
          [written = std::move(piece.written)]() mutable { std::move(written)(false); });
    }
    // Nothing is handled any more.
    stream->phase = Phase::kAnswered;
  }
  output_.GiveUp();
  while (!later_.empty()) {
    absl::AnyInvocable<void()&&> next = std::move(later_.front());
    later_.pop_front();
    std::move(next)();
  }
}

void Http2Protocol::Release() {
  streams_.clear();
  output_.Clear();
  read_area_ = std::string();
}

}  // namespace penstock::broker
