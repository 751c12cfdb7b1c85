// ClientOptions: where the broker is, and how patient the client is with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace penstock {

struct ClientOptions {
  // "host:port": a name, an IPv4 address, or an IPv6 address in brackets.
  std::string endpoint = "127.0.0.1:7070";

  // How long a call may take in all, its retries and the waits between them included. A long-poll
  // may take its own waiting time on top. At least 1 ms.
  absl::Duration call_timeout = absl::Seconds(30);

  // TCP connections that calls are spread over in turn, 1 to 64. One is enough for a few thousand
  // small calls a second; a single connection carries about 1 GB/s.
  int connection_count = 2;

  // Threads that run the callbacks of the asynchronous calls, 1 to 64. More are of use only where
  // callbacks take long.
  int callback_thread_count = 1;

  // Retries wait a random time between zero and a bound that doubles from retry_delay_initial up to
  // retry_delay_max ("full jitter": callers that failed together do not come back together).
  absl::Duration retry_delay_initial = absl::Milliseconds(50);
  absl::Duration retry_delay_max = absl::Seconds(2);

  // For tests: seed of the random waits (default: from the system), and what waits in synchronous
  // calls (default: the calling thread sleeps). The waits of asynchronous calls are timers of the
  // client and are not affected.
  std::optional<uint64_t> retry_seed = {};
  std::function<void(absl::Duration)> sleep = {};
};

}  // namespace penstock
