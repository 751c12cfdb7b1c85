#include "tests/support/http2_client.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace penstock::testing {
namespace {

nghttp2_nv FieldOf(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct Http2ClientCallbacks {
  static Http2Client& ClientOf(void* user) { return *static_cast<Http2Client*>(user); }

  // The parameters are nghttp2's. NOLINTNEXTLINE(readability-function-size)
  static int OnHeader(nghttp2_session* /*session*/, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_bytes, const uint8_t* value, size_t value_bytes,
                      uint8_t /*flags*/, void* user) {
    Http2Call& call = ClientOf(user).calls_[frame->hd.stream_id];
    const std::string field(reinterpret_cast<const char*>(name), name_bytes);
    const std::string text(reinterpret_cast<const char*>(value), value_bytes);
    if (field != ":status") {
      call.answer.fields.emplace_back(field, text);
    } else if (text == "100") {
      call.continued = true;
    } else {
      call.answer.status = std::stoi(text);
    }
    return 0;
  }

  static int OnData(nghttp2_session* /*session*/, uint8_t /*flags*/, int32_t id,
                    const uint8_t* bytes, size_t count, void* user) {
    ClientOf(user).calls_[id].answer.body.append(reinterpret_cast<const char*>(bytes), count);
    return 0;
  }

  static int OnFrame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    Http2Client& client = ClientOf(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      client.goaway_ = true;
      client.goaway_error_ = frame->goaway.error_code;
    }
    if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0)
      ++client.pongs_;
    const bool of_answer = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (of_answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      client.calls_[frame->hd.stream_id].answer.complete = true;
    return 0;
  }

  static int OnClose(nghttp2_session* /*session*/, int32_t id, uint32_t error_code, void* user) {
    Http2Call& call = ClientOf(user).calls_[id];
    call.closed = true;
    call.error_code = error_code;
    // Many calls may follow.
    call.body = std::string();
    return 0;
  }

  // The parameters are nghttp2's. NOLINTNEXTLINE(readability-function-size)
  static ssize_t ReadBody(nghttp2_session* /*session*/, int32_t id, uint8_t* buffer, size_t bytes,
                          uint32_t* flags, nghttp2_data_source* /*source*/, void* user) {
    Http2Call& call = ClientOf(user).calls_[id];
    const size_t count = std::min(bytes, call.body.size() - call.body_sent);
    if (count == 0 && !call.body_complete) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(call.body.data() + call.body_sent, count, buffer);
    call.body_sent += count;
    if (call.body_complete && call.body_sent == call.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

Http2Client::Http2Client(uint16_t port, Http2ClientOptions options) : stream_(port) {
  if (options.tls && (!stream_.StartTls("h2") || stream_.alpn() != "h2"))
    throw std::runtime_error("no TLS with h2");
  nghttp2_session_callbacks* callbacks = nullptr;
  ::nghttp2_session_callbacks_new(&callbacks);
  ::nghttp2_session_callbacks_set_on_header_callback(callbacks, &Http2ClientCallbacks::OnHeader);
  ::nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              &Http2ClientCallbacks::OnData);
  ::nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Http2ClientCallbacks::OnFrame);
  ::nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           &Http2ClientCallbacks::OnClose);
  nghttp2_option* session_options = nullptr;
  ::nghttp2_option_new(&session_options);
  ::nghttp2_option_set_no_auto_window_update(session_options, options.update_windows ? 0 : 1);
  ::nghttp2_session_client_new2(&session_, callbacks, this, session_options);
  ::nghttp2_option_del(session_options);
  ::nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                         options.stream_window};
  ::nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  if (options.update_windows) {
    ::nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 16 * 1024 * 1024);
  }
  Flush();
}

Http2Client::~Http2Client() {
  ::nghttp2_session_del(session_);
}

int32_t Http2Client::Submit(std::string_view method, std::string_view path,
                            const HttpClientFields& fields, std::optional<std::string> body,
                            bool more) {
  std::vector<nghttp2_nv> wire = {FieldOf(":method", method), FieldOf(":scheme", "http"),
                                  FieldOf(":authority", "localhost"), FieldOf(":path", path)};
  for (const auto& [name, value] : fields) wire.push_back(FieldOf(name, value));
  nghttp2_data_provider provider{};
  provider.read_callback = &Http2ClientCallbacks::ReadBody;
  const int32_t id = ::nghttp2_submit_request(session_, nullptr, wire.data(), wire.size(),
                                              body.has_value() ? &provider : nullptr, nullptr);
  Http2Call& call = calls_[id];
  call.body = body.value_or("");
  call.body_complete = !more;
  Flush();
  return id;
}

void Http2Client::SendBody(int32_t id, std::string_view bytes, bool more) {
  Http2Call& call = calls_[id];
  call.body.append(bytes);
  call.body_complete = !more;
  ::nghttp2_session_resume_data(session_, id);
  Flush();
}

const HttpAnswer& Http2Client::Wait(int32_t id) {
  Http2Call& call = calls_[id];
  WaitFor([&call] { return call.closed; });
  return call.answer;
}

void Http2Client::Reset(int32_t id, uint32_t error_code) {
  ::nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error_code);
  Flush();
}

void Http2Client::Ping() {
  ::nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  Flush();
}

void Http2Client::OpenWindow(int32_t id, int32_t bytes) {
  ::nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, id, bytes);
  Flush();
}

bool Http2Client::Flush() {
  std::string out;
  while (true) {
    const uint8_t* bytes = nullptr;
    const ssize_t count = ::nghttp2_session_mem_send(session_, &bytes);
    if (count <= 0) break;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
  }
  return stream_.Send(out);
}

bool Http2Client::Step() {
  if (ended_) return false;
  Flush();
  std::array<uint8_t, size_t{64} * 1024> bytes;
  const size_t count = stream_.Receive(reinterpret_cast<char*>(bytes.data()), bytes.size());
  ended_ = count == 0 || ::nghttp2_session_mem_recv(session_, bytes.data(), count) < 0;
  Flush();
  return !ended_;
}

}  // namespace penstock::testing
