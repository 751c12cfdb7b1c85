// HttpConnection: a client's end of an HTTP connection, byte by byte, for tests.
//
// Blocking; whatever takes longer than kTestDeadline counts as the end of the connection. Used by
// one thread.
#pragma once

#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <map>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/support/control_pool.h"

namespace penstock::testing {

struct HttpResponse {
  // 0: the connection ended before there was one.
  int status = 0;
  // With names in lower case.
  std::map<std::string, std::string, std::less<>> fields;
  std::string body;

  std::string Field(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

class HttpConnection {
 public:
  // To the loopback.
  explicit HttpConnection(uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval deadline{std::chrono::seconds(kTestDeadline).count(), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~HttpConnection() { ::close(socket_); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // False if the other end has gone.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // `with_body`: false for the answer to HEAD.
  HttpResponse Receive(bool with_body = true) {
    HttpResponse response;
    size_t header_end = 0;
    while ((header_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReceiveMore()) return response;
    }
    ParseHeader(received_.substr(0, header_end + 2), &response);
    received_.erase(0, header_end + 4);
    const std::string length = response.Field("content-length");
    const size_t body_bytes = with_body && !length.empty() ? std::stoul(length) : 0;
    while (received_.size() < body_bytes) {
      if (!ReceiveMore()) return {};
    }
    response.body = received_.substr(0, body_bytes);
    received_.erase(0, body_bytes);
    return response;
  }

  HttpResponse Get(std::string_view target) {
    Send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return Receive();
  }

  // Whether the other end closes without another byte.
  bool IsClosedByPeer() { return received_.empty() && !ReceiveMore() && !timed_out_; }

 private:
  bool ReceiveMore() {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(socket_, bytes, sizeof(bytes), 0);
    timed_out_ = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (count <= 0) return false;
    received_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  static void ParseHeader(std::string_view header, HttpResponse* response) {
    // "HTTP/1.1 200 OK"
    response->status = std::stoi(std::string(header.substr(header.find(' ') + 1, 3)));
    header.remove_prefix(header.find("\r\n") + 2);
    while (!header.empty()) {
      const std::string_view line = header.substr(0, header.find("\r\n"));
      header.remove_prefix(line.size() + 2);
      const size_t colon = line.find(':');
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      response->fields[name] = std::string(line.substr(line.find_first_not_of(' ', colon + 1)));
    }
  }

  const int socket_;
  std::string received_;
  bool timed_out_ = false;
};

}  // namespace penstock::testing
