#include "broker/http/http2_callbacks.h"

#include <algorithm>
#include <string_view>

#include "broker/http/http2_protocol.h"
#include "common/check.h"

namespace penstock::broker {
namespace {

// RFC 9113, 4.1.
constexpr size_t kFrameHeadBytes = 9;

Http2Protocol& ProtocolOf(void* user) {
  return *static_cast<Http2Protocol*>(user);
}

std::string_view View(const uint8_t* bytes, size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

// Trailers, which are ignored, are HEADERS too.
bool IsRequestHead(const nghttp2_frame* frame) {
  return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

}  // namespace

nghttp2_session* Http2Callbacks::NewSession(Http2Protocol* protocol, const HttpLimits& limits) {
  nghttp2_session_callbacks* callbacks = nullptr;
  CHECK(::nghttp2_session_callbacks_new(&callbacks) == 0);
  ::nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &OnBeginHeaders);
  ::nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
  ::nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, &OnInvalidHeader);
  ::nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
  ::nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &OnDataChunk);
  ::nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnStreamClose);
  ::nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &OnFrameSent);
  ::nghttp2_session_callbacks_set_send_data_callback(callbacks, &SendData);
  nghttp2_option* options = nullptr;
  CHECK(::nghttp2_option_new(&options) == 0);
  // The window is given back as bodies are taken.
  ::nghttp2_option_set_no_auto_window_update(options, 1);
  // Rapid reset (CVE-2023-44487): past it the connection is ended.
  ::nghttp2_option_set_stream_reset_rate_limit(options, limits.reset_burst,
                                               limits.resets_per_second);
  // Floods of PING and SETTINGS whose answers are not taken.
  ::nghttp2_option_set_max_outbound_ack(options, limits.acks_max);
  // Kept for priorities alone, which are not used.
  ::nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_session* session = nullptr;
  CHECK(::nghttp2_session_server_new2(&session, callbacks, protocol, options) == 0);
  ::nghttp2_option_del(options);
  ::nghttp2_session_callbacks_del(callbacks);
  return session;
}

int Http2Callbacks::OnBeginHeaders(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                   void* user) {
  if (IsRequestHead(frame)) ProtocolOf(user).OnBeginHeaders(frame->hd.stream_id);
  return 0;
}

// The parameters are nghttp2's. NOLINTNEXTLINE(readability-function-size)
int Http2Callbacks::OnHeader(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                             const uint8_t* name, size_t name_bytes, const uint8_t* value,
                             size_t value_bytes, uint8_t /*flags*/, void* user) {
  Http2Stream* stream = ProtocolOf(user).Find(frame->hd.stream_id);
  if (stream != nullptr && IsRequestHead(frame))
    ProtocolOf(user).OnField(*stream, View(name, name_bytes), View(value, value_bytes));
  return 0;
}

// The parameters are nghttp2's. NOLINTNEXTLINE(readability-function-size)
int Http2Callbacks::OnInvalidHeader(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                                    const uint8_t* /*name*/, size_t /*name_bytes*/,
                                    const uint8_t* /*value*/, size_t /*value_bytes*/,
                                    uint8_t /*flags*/, void* user) {
  // Left to itself, nghttp2 drops the field: a request must not be served without what it said.
  ProtocolOf(user).connection_.metrics().Refused(HttpRefusal::kMalformed);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Http2Callbacks::OnFrame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
  Http2Protocol& protocol = ProtocolOf(user);
  Http2Stream* stream = protocol.Find(frame->hd.stream_id);
  if (stream == nullptr) return 0;
  const bool carries_body = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!carries_body) return 0;
  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->request_complete = true;
  if (IsRequestHead(frame)) protocol.OnHeadersEnd(*stream);
  if (stream->request_complete) protocol.OnEndStream(*stream);
  return 0;
}

int Http2Callbacks::OnDataChunk(nghttp2_session* session, uint8_t /*flags*/, int32_t id,
                                const uint8_t* bytes, size_t count, void* user) {
  // Also for streams that are gone: the connection's window is shared.
  ::nghttp2_session_consume(session, id, count);
  Http2Stream* stream = ProtocolOf(user).Find(id);
  if (stream != nullptr) ProtocolOf(user).OnBodyBytes(*stream, View(bytes, count));
  return 0;
}

int Http2Callbacks::OnStreamClose(nghttp2_session* /*session*/, int32_t id, uint32_t /*error_code*/,
                                  void* user) {
  ProtocolOf(user).OnStreamClosed(id);
  return 0;
}

int Http2Callbacks::OnFrameSent(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                                void* user) {
  Http2Protocol& protocol = ProtocolOf(user);
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
    protocol.connection_.metrics().Refused(HttpRefusal::kHttp2Protocol);
  // nghttp2's own, for requests that break the rules of messages.
  if (frame->hd.type == NGHTTP2_RST_STREAM &&
      frame->rst_stream.error_code == NGHTTP2_PROTOCOL_ERROR)
    protocol.connection_.metrics().Refused(HttpRefusal::kMalformed);
  const bool carries_body = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (carries_body && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
    protocol.OnEndSent(frame->hd.stream_id);
  return 0;
}

// The parameters are nghttp2's. NOLINTNEXTLINE(readability-function-size)
ssize_t Http2Callbacks::ReadData(nghttp2_session* /*session*/, int32_t id, uint8_t* /*buffer*/,
                                 size_t bytes, uint32_t* flags, nghttp2_data_source* /*source*/,
                                 void* user) {
  Http2Stream* stream = ProtocolOf(user).Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const size_t count = std::min(bytes, stream->pending_bytes);
  const bool last = stream->phase == Http2Stream::Phase::kAnswered;
  if (count == 0 && !last) {
    stream->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (last && count == stream->pending_bytes) *flags |= NGHTTP2_DATA_FLAG_EOF;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return static_cast<ssize_t>(count);
}

int Http2Callbacks::SendData(nghttp2_session* /*session*/, nghttp2_frame* frame,
                             const uint8_t* frame_head, size_t bytes,
                             nghttp2_data_source* /*source*/, void* user) {
  Http2Stream* stream = ProtocolOf(user).Find(frame->hd.stream_id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  ProtocolOf(user).output_.AppendData(*stream, View(frame_head, kFrameHeadBytes), bytes);
  // Left to itself, nghttp2 goes on with all that the windows allow. This frame counts as sent.
  return ProtocolOf(user).output_.full() ? NGHTTP2_ERR_PAUSE : 0;
}

}  // namespace penstock::broker
