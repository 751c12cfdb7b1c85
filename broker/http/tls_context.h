// TlsContext: the certificate and key of the server, looked at again when their files change.
//
//   ASSIGN_OR_RETURN(auto tls, TlsContext::Open({.certificate_file = "cert.pem",
//                                                .key_file = "key.pem"}));
//
// PEM: the server's certificate, followed by those between it and the root; and its private key.
// TLS 1.2 and 1.3, ALPN h2 and http/1.1, no renegotiation, no compression. Current looks at the
// files' times, at most once every `check_interval_ms`; a new pair that does not load is logged
// once, and the old one stays. Connections keep the one they began with. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include <boost/asio/ssl/context.hpp>

#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::broker {

struct TlsOptions {
  std::string certificate_file;
  std::string key_file;
  // How old an answer to "have the files changed?" may be. Looking takes some microseconds.
  int64_t check_interval_ms = 1'000;
  const Clock* clock = &SystemClock::Get();
};

class TlsContext {
 public:
  using Options = TlsOptions;

  // INVALID_ARGUMENT, naming the file and the reason.
  static absl::StatusOr<std::shared_ptr<TlsContext>> Open(Options options);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // For a new connection.
  std::shared_ptr<boost::asio::ssl::context> Current() ABSL_LOCKS_EXCLUDED(mutex_);
  // When the certificate expires, Unix time.
  int64_t not_after_s() const { return not_after_s_.load(std::memory_order_relaxed); }

 private:
  struct Loaded {
    std::shared_ptr<boost::asio::ssl::context> context;
    int64_t not_after_s = 0;
  };

  TlsContext(Options options, Loaded loaded, std::string stamp);

  static absl::StatusOr<Loaded> Load(const Options& options);
  // Differs when either file has changed.
  static std::string Stamp(const Options& options);

  const Options options_;
  // Held alone.
  Mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_ ABSL_GUARDED_BY(mutex_);
  std::string stamp_ ABSL_GUARDED_BY(mutex_);
  int64_t checked_at_ms_ ABSL_GUARDED_BY(mutex_);
  // Relaxed: orders nothing but itself.
  std::atomic<int64_t> not_after_s_;
};

}  // namespace penstock::broker
