// AdminLimits: the bounds of the admin port, each with the cost of a wrong value.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::broker {

struct AdminLimits {
  // Connections at once; one more is answered 503 and closed. Some scrapers, probes and an
  // operator. Smaller may shut a probe out; larger is memory for whoever opens connections.
  size_t connections_max = 64;
  // Of a request's line and fields. A scraper sends some hundreds.
  uint32_t header_bytes_max = 8 * 1024;
  // From the first byte of a request to the end of its header: a client that drips is cut.
  int64_t read_timeout_ms = 10'000;
  // For taking an answer: a client that does not read is cut.
  int64_t write_timeout_ms = 30'000;
  // Between requests. Longer than the usual scrape interval of 15 to 60 s.
  int64_t idle_timeout_ms = 90'000;
};

}  // namespace penstock::broker
