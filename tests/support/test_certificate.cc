#include "tests/support/test_certificate.h"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace penstock::testing {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File OpenFile(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"), &std::fclose);
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  return file;
}

}  // namespace

void MakeTestCertificate(const std::string& certificate_file, const std::string& key_file,
                         const std::string& common_name, int64_t valid_s) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(::EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(::X509_new(), &::X509_free);
  if (key == nullptr || certificate == nullptr) throw std::runtime_error("cannot make a key");
  ::X509_set_version(certificate.get(), 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -86'400);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), valid_s);
  ::X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = ::X509_get_subject_name(certificate.get());
  ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
  ::X509_set_issuer_name(certificate.get(), name);
  if (::X509_sign(certificate.get(), key.get(), ::EVP_sha256()) == 0)
    throw std::runtime_error("cannot sign");
  ::PEM_write_X509(OpenFile(certificate_file).get(), certificate.get());
  ::PEM_write_PrivateKey(OpenFile(key_file).get(), key.get(), nullptr, nullptr, 0, nullptr,
                         nullptr);
}

}  // namespace penstock::testing
