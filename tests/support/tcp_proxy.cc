#include "tests/support/tcp_proxy.h"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::test {
namespace {

// Less than a large batch, so that a cut also parts messages.
constexpr size_t kChunkBytes = 16 << 10;

[[noreturn]] void ThrowErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Descriptor Listen() {
  Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in address = Loopback(0);
  if (listener.value() < 0 ||
      bind(listener.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener.value(), SOMAXCONN) != 0)
    ThrowErrno("listen");
  return listener;
}

// -1 where nobody listens.
Descriptor Connect(uint16_t port) {
  Descriptor connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  if (connect(connected.value(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return Descriptor();
  return connected;
}

void Prepare(const Descriptor& of) {
  const int yes = 1;
  setsockopt(of.value(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  // Closed with RST, unless both sides have said that they are done.
  const linger at_once{1, 0};
  setsockopt(of.value(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

bool WouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// The bytes of one direction: at most a chunk of them is in the proxy.
class Direction {
 public:
  bool wants_to_read() const { return chunk_.empty() && !has_ended_; }
  bool wants_to_write() const { return !chunk_.empty(); }
  bool is_done() const { return is_shut_; }

  // Moves what it can. False if the connection is broken.
  bool Pump(int from, int to, bool may_read) {
    if (may_read && wants_to_read()) {
      chunk_.resize(kChunkBytes);
      const ssize_t count = recv(from, chunk_.data(), chunk_.size(), MSG_DONTWAIT);
      const bool is_broken = count < 0 && !WouldBlock();
      chunk_.resize(count < 0 ? 0 : static_cast<size_t>(count));
      if (is_broken) return false;
      has_ended_ = count == 0;
    }
    if (!chunk_.empty()) {
      const ssize_t count = send(to, chunk_.data(), chunk_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && !WouldBlock()) return false;
      if (count > 0) chunk_.erase(0, static_cast<size_t>(count));
    }
    if (has_ended_ && chunk_.empty() && !is_shut_) {
      shutdown(to, SHUT_WR);
      is_shut_ = true;
    }
    return true;
  }

 private:
  std::string chunk_;
  bool has_ended_ = false;
  bool is_shut_ = false;
};

}  // namespace

struct TcpProxy::Connection {
  Descriptor client;
  Descriptor broker;
  Direction requests;
  Direction answers;
  // One end has gone without a word.
  bool is_broken = false;

  // False when there is nothing more to carry.
  bool Pump(Flow flow) {
    if (is_broken) return false;
    if (!requests.Pump(client.value(), broker.value(), flow != Flow::kNone)) return false;
    if (!answers.Pump(broker.value(), client.value(), flow == Flow::kBoth)) return false;
    return !(requests.is_done() && answers.is_done());
  }
};

TcpProxy::TcpProxy() : listener_(Listen()), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_.value() < 0) ThrowErrno("eventfd");
  thread_ = std::thread([this] { Run(); });
}

TcpProxy::~TcpProxy() {
  Apply([](State& state) { state.is_stopping = true; });
  thread_.join();
}

std::string TcpProxy::endpoint() const {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  getsockname(listener_.value(), reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void TcpProxy::SetTarget(const std::string& endpoint) {
  const auto port = static_cast<uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
  Apply([port](State& state) { state.target_port = port; });
}

void TcpProxy::SetFlow(Flow flow) {
  Apply([flow](State& state) { state.flow = flow; });
}

void TcpProxy::SetOpen(bool is_open) {
  Apply([is_open](State& state) { state.is_open = is_open; });
}

void TcpProxy::CutAll() {
  Apply([](State& state) { ++state.cuts; });
}

template <typename Change>
void TcpProxy::Apply(Change change) {
  MutexLock lock(mutex_);
  change(state_);
  const uint64_t version = ++version_;
  eventfd_write(wake_.value(), 1);
  while (seen_version_ < version) seen_changed_.Wait(mutex_);
}

void TcpProxy::Run() {
  uint64_t cuts = 0;
  while (true) {
    State state;
    {
      MutexLock lock(mutex_);
      state = state_;
      if (std::exchange(cuts, state.cuts) != state.cuts || !state.is_open || state.is_stopping)
        connections_.clear();
      seen_version_ = version_;
      seen_changed_.NotifyAll();
    }
    if (state.is_stopping) return;
    Accept(state);
    std::erase_if(connections_,
                  [&](const auto& connection) { return !connection->Pump(state.flow); });
    WaitForEvents(state.flow);
  }
}

void TcpProxy::Accept(const State& state) {
  while (true) {
    Descriptor client(accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.value() < 0) return;
    Prepare(client);
    if (!state.is_open || state.target_port == 0) continue;
    Descriptor broker = Connect(state.target_port);
    if (broker.value() < 0) continue;
    Prepare(broker);
    auto connection = std::make_unique<Connection>();
    connection->client = std::move(client);
    connection->broker = std::move(broker);
    connections_.push_back(std::move(connection));
  }
}

void TcpProxy::WaitForEvents(Flow flow) {
  std::vector<pollfd> waited = {{wake_.value(), POLLIN, 0}, {listener_.value(), POLLIN, 0}};
  const auto events = [](bool reads, bool writes) {
    return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
  };
  for (const auto& connection : connections_) {
    const Direction& requests = connection->requests;
    const Direction& answers = connection->answers;
    waited.push_back(
        {connection->client.value(),
         events(flow != Flow::kNone && requests.wants_to_read(), answers.wants_to_write()), 0});
    waited.push_back(
        {connection->broker.value(),
         events(flow == Flow::kBoth && answers.wants_to_read(), requests.wants_to_write()), 0});
  }
  poll(waited.data(), waited.size(), -1);
  eventfd_t ignored = 0;
  eventfd_read(wake_.value(), &ignored);
  for (size_t i = 0; i < connections_.size(); ++i) {
    // What is reported unasked would be reported again and again while nothing is read.
    const auto is_gone = [](const pollfd& end) {
      return end.events == 0 && (end.revents & (POLLERR | POLLHUP)) != 0;
    };
    connections_[i]->is_broken = is_gone(waited[2 + 2 * i]) || is_gone(waited[3 + 2 * i]);
  }
}

}  // namespace penstock::test
