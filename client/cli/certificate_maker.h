// Makes a certificate authority and a certificate of a server signed by it, for tests and private
// networks.
//
// Both keys are on the curve P-256, which every TLS stack knows. The authority can sign certificates
// of servers, and no further authorities; whoever trusts it trusts what its key signs. The server's
// certificate holds for the names given and for nothing else: clients compare them with the host
// they connect to. Pure but for the random numbers of OpenSSL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace penstock::cli {

inline constexpr int kCertificateDaysDefault = 365;
inline constexpr int kCertificateDaysMax = 3'650;

struct CertificateOptions {
  // Host names, "*.example.com", and IP addresses of either version; at least one.
  std::vector<std::string> names;
  int days = kCertificateDaysDefault;
  absl::Time now;
};

// All in PEM. Wiping the keys is the caller's.
struct Certificates {
  std::string ca_certificate;
  std::string ca_key;
  std::string server_certificate;
  std::string server_key;
  absl::Time not_after;
};

// Whether a certificate can be for it.
bool IsHostNameOrAddress(const std::string& name);

// INVALID_ARGUMENT for a name that is none; INTERNAL if OpenSSL fails.
absl::StatusOr<Certificates> MakeCertificates(const CertificateOptions& options);

}  // namespace penstock::cli
