// ByteStream: a client's end of a TCP connection to the loopback, plain or through TLS, for tests and
// benchmarks.
//
// Blocking; whatever takes longer than kTestDeadline counts as the end of the connection. Certificates
// are not verified. Used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace penstock::testing {

class ByteStream {
 public:
  // Throws std::runtime_error if it cannot connect.
  explicit ByteStream(uint16_t port);
  ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // Puts TLS over it. `alpn`: one protocol, or empty for none; `version_max`: as in OpenSSL, 0 for
  // any. False if the handshake fails.
  bool StartTls(std::string_view alpn, int version_max = 0);
  // What ALPN agreed on.
  std::string alpn() const;
  // The subject of the other end's certificate.
  std::string peer_name() const;

  // False if the other end has gone.
  bool Send(std::string_view bytes);
  // The bytes received, at least 1; 0 at the end.
  size_t Receive(char* into, size_t bytes_max);
  // The last Receive gave up waiting.
  bool timed_out() const { return timed_out_; }
  // Says that nothing more will be sent.
  void ShutdownSend();
  // Whether there are bytes to receive at once.
  bool readable() const;
  // So that a window of TCP can be filled.
  void SetReceiveBuffer(int bytes);
  // Ends it with RST: what was received and not read is lost.
  void Reset();
  int descriptor() const { return socket_; }

 private:
  int socket_;
  ssl_st* tls_ = nullptr;
  bool timed_out_ = false;
};

}  // namespace penstock::testing
