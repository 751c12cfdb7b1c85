// HttpLimits: every bound of the HTTP server, with its default and why it is what it is.
//
// A request within all of them costs a bounded amount of memory and time, whatever the client does.
// What is refused for a limit is counted under its reason (http_metrics.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::broker {

struct HttpLimits {
  // Of the request line, and of one field's name and value. Signed requests have fields of 1 KiB;
  // session tokens may have several.
  size_t line_bytes_max = size_t{8} * 1024;
  // Of all fields together; with HTTP/2 each counts 32 bytes more (RFC 9113, 6.5.2).
  size_t fields_bytes_max = size_t{16} * 1024;
  // SDKs send about 12.
  size_t fields_max = 64;
  // 10 MiB of records in base64, and what is around them.
  size_t body_bytes_max = size_t{16} * 1024 * 1024;

  // Bodies and answers that are in memory, for one connection. Past it: 503 with Retry-After.
  size_t connection_bytes_max = size_t{64} * 1024 * 1024;
  // The same for the whole server. A body is counted as it comes, each part before it is read.
  size_t server_bytes_max = size_t{256} * 1024 * 1024;
  // What Retry-After says then.
  int retry_after_s = 1;

  // A connection at rest costs about 10 KiB.
  size_t connections_max = 4096;
  // So that one address cannot take them all; a host with many workers still fits.
  size_t connections_per_peer_max = 1024;

  int64_t handshake_timeout_ms = 5'000;
  // From the first byte of a request to the end of its fields.
  int64_t header_timeout_ms = 10'000;
  // A body may take the grace, and 1 s more for each body_bytes_per_second_min that have come.
  int64_t body_grace_ms = 5'000;
  int64_t body_bytes_per_second_min = 1024;
  // Between requests. Above the 60 s for which SDKs and balancers keep a connection.
  int64_t idle_timeout_ms = 75'000;
  // From the first byte of a request to the beginning of its answer. Streamed answers have no end.
  int64_t request_timeout_ms = 60'000;
  // For which the client, or its flow control, takes nothing of an answer.
  int64_t write_timeout_ms = 30'000;
  // After a refusal, what still comes is thrown away for this long: closing at once would take the
  // answer back.
  int64_t linger_timeout_ms = 2'000;
  // For answers that are under way at Stop.
  int64_t stop_grace_ms = 5'000;

  // HTTP/2.
  uint32_t streams_max = 128;
  // Bytes under way without waiting for the server: 1 MiB in 1 ms is 1 GB/s.
  uint32_t stream_window_bytes = 1024 * 1024;
  uint32_t connection_window_bytes = 4 * 1024 * 1024;
  // Streams that a client may reset: at once, and then a second (CVE-2023-44487).
  uint64_t reset_burst = 1000;
  uint64_t resets_per_second = 33;
  // Answers to PING and SETTINGS that wait to be sent; a client that does not take them is cut off.
  size_t acks_max = 1000;
  // All frames that wait to be sent, those of answers' bodies aside; past it the client is cut off.
  // Each stream may have its head, two updates of its window and a reset, besides the answers above:
  // what goes beyond that are refusals of streams that the client does not take.
  size_t frames_waiting_max() const { return acks_max + size_t{4} * streams_max; }
};

}  // namespace penstock::broker
