#include "tests/support/byte_stream.h"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tests/support/control_pool.h"

namespace penstock::testing {

ByteStream::ByteStream(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval deadline{std::chrono::seconds(kTestDeadline).count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

ByteStream::~ByteStream() {
  if (tls_ != nullptr) ::SSL_free(tls_);
  if (socket_ >= 0) ::close(socket_);
}

bool ByteStream::StartTls(std::string_view alpn, int version_max) {
  SSL_CTX* context = ::SSL_CTX_new(::TLS_client_method());
  if (version_max != 0) {
    // What is old is not let out by the default level of OpenSSL either.
    ::SSL_CTX_set_security_level(context, 0);
    ::SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context, version_max);
  }
  tls_ = ::SSL_new(context);
  ::SSL_CTX_free(context);
  if (!alpn.empty()) {
    std::string wire(1, static_cast<char>(alpn.size()));
    wire += alpn;
    ::SSL_set_alpn_protos(tls_, reinterpret_cast<const unsigned char*>(wire.data()),
                          static_cast<unsigned>(wire.size()));
  }
  ::SSL_set_fd(tls_, socket_);
  return ::SSL_connect(tls_) == 1;
}

std::string ByteStream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  ::SSL_get0_alpn_selected(tls_, &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

std::string ByteStream::peer_name() const {
  const X509* certificate = ::SSL_get0_peer_certificate(tls_);
  char name[256] = {};
  if (certificate != nullptr) {
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, name,
                                sizeof(name));
  }
  return name;
}

bool ByteStream::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = tls_ != nullptr
                          ? ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

size_t ByteStream::Receive(char* into, size_t bytes_max) {
  errno = 0;
  const auto count = tls_ != nullptr ? ::SSL_read(tls_, into, static_cast<int>(bytes_max))
                                     : ::recv(socket_, into, bytes_max, 0);
  timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  return count <= 0 ? 0 : static_cast<size_t>(count);
}

void ByteStream::ShutdownSend() {
  ::shutdown(socket_, SHUT_WR);
}

bool ByteStream::readable() const {
  if (tls_ != nullptr && ::SSL_pending(tls_) > 0) return true;
  pollfd waited{socket_, POLLIN, 0};
  return ::poll(&waited, 1, 0) == 1;
}

void ByteStream::SetReceiveBuffer(int bytes) {
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void ByteStream::Reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(socket_);
  socket_ = -1;
}

}  // namespace penstock::testing
