// ListenAddress: where a server listens, "127.0.0.1:7070", "[::1]:7070" or "localhost:7070".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace penstock::broker {

struct ListenAddress {
  // A name or an address, without the brackets of IPv6.
  std::string host;
  // 0: any that is free.
  uint16_t port = 0;

  // HOST:PORT; an IPv6 address in brackets. INVALID_ARGUMENT saying what is wrong. Names are not
  // looked up.
  static absl::StatusOr<ListenAddress> Parse(std::string_view text);
  std::string ToString() const;
  // Whether only programs of this machine can connect, as far as the text tells.
  bool IsLoopback() const;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

}  // namespace penstock::broker
