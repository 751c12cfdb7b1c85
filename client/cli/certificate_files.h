// The files of `penstock tls init`: ca.pem, ca-key.pem, server.pem and server-key.pem of a folder.
//
// Each is written whole beside its place and renamed into it, so that a broker that looks at it again
// finds the old one or the new one. Keys have mode 0600. Functions; stateless.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/cli/certificate_maker.h"

namespace penstock::cli {

struct CertificateFiles {
  // Absolute.
  std::string ca_certificate;
  std::string ca_key;
  std::string server_certificate;
  std::string server_key;

  static CertificateFiles In(const std::string& folder);
};

// ALREADY_EXISTS, naming the first of the files that is there.
absl::Status CheckNotThere(const CertificateFiles& files);

// Makes the folder if it is not there, and writes or overwrites the files.
absl::Status WriteCertificates(const CertificateFiles& files, const Certificates& certificates);

}  // namespace penstock::cli
