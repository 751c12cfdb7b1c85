// HttpMetrics: what the HTTP server counts of itself.
//
// Relaxed atomics: each number orders nothing but itself. Names follow the usual form of counters
// and gauges, so that a collector need not invent them. Thread-safe; outlives the server.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock::broker {

// Why the server refused a request, or ended a connection.
enum class HttpRefusal {
  kMalformed,
  kRequestLineTooLong,
  kFieldTooLong,
  kFieldsTooLarge,
  kTooManyFields,
  kBodyTooLarge,
  kContentEncoding,
  kExpectation,
  kNotAdmitted,
  kConnectionBytes,
  kServerBytes,
  kConnections,
  kConnectionsPerPeer,
  kPlainText,
  kTlsHandshake,
  kHandshakeTimeout,
  kHeaderTimeout,
  kBodyTooSlow,
  kRequestTimeout,
  kWriteTimeout,
  kHttp2Protocol,
};
inline constexpr size_t kHttpRefusals = static_cast<size_t>(HttpRefusal::kHttp2Protocol) + 1;

// The value of the label `reason`, in the order of HttpRefusal.
inline constexpr std::array<std::string_view, kHttpRefusals> kHttpRefusalNames = {
    "malformed",
    "request_line_too_long",
    "field_too_long",
    "fields_too_large",
    "too_many_fields",
    "body_too_large",
    "content_encoding",
    "expectation",
    "not_admitted",
    "connection_bytes",
    "server_bytes",
    "connections",
    "connections_per_peer",
    "plain_text",
    "tls_handshake",
    "handshake_timeout",
    "header_timeout",
    "body_too_slow",
    "request_timeout",
    "write_timeout",
    "http2_protocol",
};

class HttpCounter {
 public:
  void Add(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

class HttpGauge {
 public:
  void Add(int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  void Set(int64_t to) { value_.store(to, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

struct HttpMetrics {
  HttpCounter connections_total;
  HttpGauge connections_open;
  HttpCounter tls_handshakes_total;
  // Requests whose fields were read, by protocol.
  HttpCounter http1_requests_total;
  HttpCounter http2_requests_total;
  HttpCounter body_bytes_total;
  HttpCounter response_bytes_total;
  // Bodies and answers in memory (HttpLimits::server_bytes_max).
  HttpGauge bytes_held;
  // Unix time at which the certificate expires; 0 without TLS.
  HttpGauge certificate_not_after_s;
  std::array<HttpCounter, kHttpRefusals> refusals_total;

  void Refused(HttpRefusal reason) { refusals_total[static_cast<size_t>(reason)].Add(); }
  uint64_t refused(HttpRefusal reason) const {
    return refusals_total[static_cast<size_t>(reason)].value();
  }
};

}  // namespace penstock::broker
