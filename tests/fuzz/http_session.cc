#include "tests/fuzz/http_session.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include "common/check.h"

namespace penstock::fuzz {
namespace {

using boost::asio::ip::tcp;

constexpr int64_t kNeverMs = 3'600'000;
constexpr uint8_t kStepsMask = 0x1f;
constexpr uint8_t kTimeLimitMask = 0x07;
// Small, so that answers have to wait for a client that does not read; the system makes it a few KiB.
constexpr int kSendBufferBytes = 1;

// One for all inputs: it is dear to make.
boost::asio::io_context& Context() {
  static boost::asio::io_context context(1);
  return context;
}

void Poll() {
  Context().restart();
  Context().poll();
}

broker::HttpLimits LimitsFor(uint8_t options) {
  broker::HttpLimits limits;
  limits.line_bytes_max = 128;
  limits.fields_bytes_max = 512;
  limits.fields_max = 8;
  limits.body_bytes_max = 2048;
  limits.connection_bytes_max = size_t{32} * 1024;
  limits.server_bytes_max = size_t{24} * 1024;
  limits.streams_max = 4;
  limits.stream_window_bytes = 1024;
  limits.connection_window_bytes = size_t{64} * 1024;
  limits.reset_burst = 5;
  limits.resets_per_second = 1;
  limits.acks_max = 8;
  int64_t unused = 0;
  const std::array<int64_t*, kTimeLimitMask + 1> time_limits = {&unused,
                                                                &limits.header_timeout_ms,
                                                                &limits.body_grace_ms,
                                                                &limits.request_timeout_ms,
                                                                &limits.write_timeout_ms,
                                                                &limits.idle_timeout_ms,
                                                                &limits.linger_timeout_ms,
                                                                &unused};
  for (int64_t* limit : time_limits) *limit = kNeverMs;
  *time_limits[options & kTimeLimitMask] = 0;
  return limits;
}

}  // namespace

HttpInput HttpInput::Of(std::string_view input) {
  HttpInput parts;
  if (input.size() < 2) return parts;
  parts.options = static_cast<uint8_t>(input[0]);
  const size_t steps = static_cast<uint8_t>(input[1]) & kStepsMask;
  parts.steps = input.substr(2, steps);
  parts.bytes = input.substr(2 + parts.steps.size());
  return parts;
}

HttpSession::HttpSession(const HttpInput& input)
    : input_(input), context_(std::make_shared<broker::HttpContext>()) {
  context_->handler = &handler_;
  context_->limits = LimitsFor(input.options);
  context_->metrics = &metrics_;
  context_->bytes =
      std::make_shared<broker::ByteBudget>(context_->limits.server_bytes_max, &metrics_.bytes_held);
  std::array<int, 2> ends{};
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  client_ = ends[0];
  CHECK(::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes) ==
        0);
  tcp::socket socket(boost::asio::any_io_executor(boost::asio::make_strand(Context())));
  // Nothing that is asked of the socket is TCP's alone.
  socket.assign(tcp::v4(), ends[1]);
  const auto connection = std::make_shared<broker::HttpConnection>(
      context_, std::move(socket), tcp::endpoint(boost::asio::ip::address_v4::loopback(), 1),
      [this](broker::HttpConnection* /*connection*/) { ++finished_; });
  connection_ = connection;
  connection_bytes_ = connection->budgets().connection;
  connection->Start();
}

HttpSession::~HttpSession() {
  CHECK(client_ < 0);
}

void HttpSession::Run(std::string_view bytes) {
  unsent_ = bytes;
  Poll();
  for (const char step : input_.steps) {
    Step(static_cast<uint8_t>(step));
    if ((input_.options & kReadsLate) == 0) Receive();
  }
  while (!unsent_.empty()) {
    const size_t before = unsent_.size();
    Send(before);
    if (unsent_.size() == before) break;
  }
  Leave();
  CheckReleased();
}

void HttpSession::Step(uint8_t step) {
  const size_t size = step >> 3;
  switch (step & 7) {
    case 0:
      return Send(size + 1);
    case 1:
      return Send((size + 1) * 64);
    case 2:
      return Receive();
    case 3:
      handler_.RespondOne();
      break;
    case 4:
      handler_.WriteOne(size * size * 16);
      break;
    case 5:
      handler_.EndOne();
      break;
    case 6:
      if (size % 2 == 0) {
        handler_.DropOne();
      } else {
        handler_.AbortOne();
      }
      break;
    default:
      if (size % 2 != 0) {
        shut_ = true;
        ::shutdown(client_, SHUT_WR);
      } else if (const auto connection = connection_.lock()) {
        connection->Drain();
      }
  }
  Poll();
}

void HttpSession::Send(size_t bytes) {
  bytes = std::min(bytes, unsent_.size());
  if (bytes == 0 || shut_) return;
  const ssize_t sent = ::send(client_, unsent_.data(), bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  // The server does not read now, or has closed.
  if (sent > 0) unsent_.remove_prefix(static_cast<size_t>(sent));
  Poll();
}

void HttpSession::Receive() {
  std::array<char, size_t{16} * 1024> bytes;
  while (true) {
    const ssize_t count = ::recv(client_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    answers_.append(bytes.data(), static_cast<size_t>(count));
    Poll();
  }
}

void HttpSession::Leave() {
  if ((input_.options & kDrains) != 0) {
    if (const auto connection = connection_.lock()) connection->Drain();
    Poll();
  }
  if ((input_.options & kLeavesEarly) == 0) {
    handler_.DropAll();
    Poll();
    Receive();
  }
  ::close(std::exchange(client_, -1));
  Poll();
  handler_.DropAll();
  Poll();
}

void HttpSession::CheckReleased() {
  // With nobody at the other end and nothing to wait for, it ends by itself.
  CHECK(finished_ == 1);
  CHECK(connection_.expired());
  CHECK(connection_bytes_->held() == 0);
  CHECK(context_->bytes->held() == 0);
  CHECK(metrics_.bytes_held.value() == 0);
  CHECK(context_.use_count() == 1);
  handler_.CheckReleased();
}

}  // namespace penstock::fuzz
