#include "broker/http/tls_context.h"

#include <array>
#include <ctime>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// In order of preference, as they are sent: each with its length before it (RFC 7301, 3.1).
constexpr std::array<unsigned char, 12> kAlpn = {2,   'h', '2', 8,   'h', 't',
                                                 't', 'p', '/', '1', '.', '1'};

std::string OpenSslReason() {
  // The first error is the cause; the others follow from it.
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::system_category().message(ERR_GET_REASON(code));
  const char* reason = ::ERR_reason_error_string(code);
  return reason != nullptr ? reason : absl::StrCat("OpenSSL error ", code);
}

absl::Status CannotUse(std::string_view what, const std::string& file, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "cannot use the ", absl::string_view(what.data(), what.size()), " in ", file, ": ", why));
}

int SelectAlpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_bytes,
               const unsigned char* offered, unsigned offered_bytes, void* /*arg*/) {
  unsigned char* selected = nullptr;
  if (::SSL_select_next_proto(&selected, out_bytes, kAlpn.data(), kAlpn.size(), offered,
                              offered_bytes) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void SetUp(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A client that asks for new handshakes again and again costs more than it pays.
  ::SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Connections at rest keep no buffers: 34 KiB each.
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_alpn_select_cb(context, &SelectAlpn, nullptr);
}

int64_t NotAfter(const SSL_CTX* context) {
  const X509* certificate = ::SSL_CTX_get0_certificate(context);
  std::tm utc{};
  if (certificate == nullptr || ::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &utc) != 1)
    return 0;
  return ::timegm(&utc);
}

}  // namespace

absl::StatusOr<TlsContext::Loaded> TlsContext::Load(const Options& options) {
  ::ERR_clear_error();
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SetUp(native);
  // Left to itself, OpenSSL asks for passphrases on the terminal, and the broker would wait for it.
  const auto asked = std::make_shared<bool>(false);
  context->set_password_callback(
      [asked](size_t /*bytes_max*/, boost::asio::ssl::context::password_purpose /*purpose*/) {
        *asked = true;
        return std::string();
      });
  if (::SSL_CTX_use_certificate_chain_file(native, options.certificate_file.c_str()) != 1)
    return CannotUse("certificate", options.certificate_file, OpenSslReason());
  if (::SSL_CTX_use_PrivateKey_file(native, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return CannotUse("key", options.key_file,
                     *asked ? "it has a passphrase, and must have none" : OpenSslReason());
  }
  if (::SSL_CTX_check_private_key(native) != 1) {
    return CannotUse("key", options.key_file,
                     absl::StrCat("it is not that of ", options.certificate_file));
  }
  return Loaded{context, NotAfter(native)};
}

std::string TlsContext::Stamp(const Options& options) {
  std::string stamp;
  for (const std::string& file : {options.certificate_file, options.key_file}) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      absl::StrAppend(&stamp, "absent;");
      continue;
    }
    // A file that is replaced by renaming has another number, whatever its time.
    absl::StrAppend(&stamp, status.st_ino, ":", status.st_size, ":", status.st_mtim.tv_sec, ".",
                    status.st_mtim.tv_nsec, ";");
  }
  return stamp;
}

absl::StatusOr<std::shared_ptr<TlsContext>> TlsContext::Open(Options options) {
  // Before the files are read: what changes meanwhile is seen the next time.
  std::string stamp = Stamp(options);
  ASSIGN_OR_RETURN(Loaded loaded, Load(options));
  return std::shared_ptr<TlsContext>(
      new TlsContext(std::move(options), std::move(loaded), std::move(stamp)));
}

TlsContext::TlsContext(Options options, Loaded loaded, std::string stamp)
    : options_(std::move(options)),
      context_(std::move(loaded.context)),
      stamp_(std::move(stamp)),
      checked_at_ms_(options_.clock->MonotonicMs()),
      not_after_s_(loaded.not_after_s) {}

std::shared_ptr<boost::asio::ssl::context> TlsContext::Current() {
  MutexLock lock(mutex_);
  const int64_t now_ms = options_.clock->MonotonicMs();
  if (now_ms - checked_at_ms_ < options_.check_interval_ms) return context_;
  checked_at_ms_ = now_ms;
  std::string stamp = Stamp(options_);
  if (stamp == stamp_) return context_;
  // Remembered in either case: a pair that does not load is tried and logged once.
  stamp_ = std::move(stamp);
  absl::StatusOr<Loaded> loaded = Load(options_);
  if (!loaded.ok()) {
    LogError("tls: the new certificate is not used, the old one stays",
             {{"error", std::string(loaded.status().message())}});
    return context_;
  }
  context_ = std::move(loaded->context);
  not_after_s_.store(loaded->not_after_s, std::memory_order_relaxed);
  LogInfo("tls: new certificate", {{"file", options_.certificate_file}});
  return context_;
}

}  // namespace penstock::broker
