#include "client/cli/certificate_maker.h"

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include <catch2/catch_test_macros.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace penstock::cli {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

Memory MemoryOf(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all};
}

Certificate CertificateOf(const std::string& pem) {
  Certificate read(PEM_read_bio_X509(MemoryOf(pem).get(), nullptr, nullptr, nullptr), X509_free);
  REQUIRE(read != nullptr);
  return read;
}

Key KeyOf(const std::string& pem) {
  Key read(PEM_read_bio_PrivateKey(MemoryOf(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  REQUIRE(read != nullptr);
  return read;
}

// What OpenSSL says to `certificate` as that of a server at `time`, where `authority` is trusted.
std::string Verify(X509* certificate, X509* authority, absl::Time time) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      X509_STORE_free);
  REQUIRE(X509_STORE_add_cert(store.get(), authority) == 1);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr) == 1);
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  REQUIRE(X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER) == 1);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(time));
  X509_verify_cert(context.get());
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

bool IsFor(X509* certificate, const std::string& host) {
  return X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}
bool IsForAddress(X509* certificate, const std::string& address) {
  return X509_check_ip_asc(certificate, address.c_str(), 0) == 1;
}

class CertificateMakerTest {
 protected:
  const absl::Time now_ = absl::FromUnixSeconds(1'769'860'800);
  const Certificates made_ = *MakeCertificates({{"localhost", "127.0.0.1", "::1"}, 30, now_});
  const Certificate authority_ = CertificateOf(made_.ca_certificate);
  const Certificate server_ = CertificateOf(made_.server_certificate);
};

TEST_CASE_METHOD(CertificateMakerTest, "the server's certificate is good where its CA is trusted",
                 "[certificates]") {
  CHECK(Verify(server_.get(), authority_.get(), now_) == "ok");
  const Certificates others = *MakeCertificates({{"localhost"}, 30, now_});
  const Certificate other_authority = CertificateOf(others.ca_certificate);
  CHECK(Verify(server_.get(), other_authority.get(), now_) ==
        "unable to get local issuer certificate");
  CHECK(X509_NAME_cmp(X509_get_subject_name(authority_.get()),
                      X509_get_subject_name(other_authority.get())) != 0);
}

TEST_CASE_METHOD(CertificateMakerTest, "certificates are good for as long as was asked",
                 "[certificates]") {
  CHECK(made_.not_after == now_ + absl::Hours(24 * 30));
  CHECK(Verify(server_.get(), authority_.get(), now_ - absl::Minutes(59)) == "ok");
  CHECK(Verify(server_.get(), authority_.get(), now_ - absl::Minutes(61)) ==
        "certificate is not yet valid");
  CHECK(Verify(server_.get(), authority_.get(), made_.not_after - absl::Seconds(1)) == "ok");
  CHECK(Verify(server_.get(), authority_.get(), made_.not_after + absl::Seconds(1)) ==
        "certificate has expired");
}

TEST_CASE_METHOD(CertificateMakerTest, "the server's certificate is for its names alone",
                 "[certificates]") {
  CHECK(IsFor(server_.get(), "localhost"));
  CHECK(IsForAddress(server_.get(), "127.0.0.1"));
  CHECK(IsForAddress(server_.get(), "0:0:0:0:0:0:0:1"));
  CHECK_FALSE(IsFor(server_.get(), "Penstock server"));
  CHECK_FALSE(IsForAddress(server_.get(), "127.0.0.2"));
  const Certificates made = *MakeCertificates({{"*.example.com", "10.0.0.7"}, 1, now_});
  const Certificate server = CertificateOf(made.server_certificate);
  CHECK(IsFor(server.get(), "kinesis.example.com"));
  CHECK_FALSE(IsFor(server.get(), "example.com"));
  CHECK_FALSE(IsFor(server.get(), "localhost"));
  CHECK(IsForAddress(server.get(), "10.0.0.7"));
}

TEST_CASE_METHOD(CertificateMakerTest, "keys belong to their certificates, and are P-256",
                 "[certificates]") {
  const Key authority_key = KeyOf(made_.ca_key);
  const Key server_key = KeyOf(made_.server_key);
  CHECK(X509_check_private_key(authority_.get(), authority_key.get()) == 1);
  CHECK(X509_check_private_key(server_.get(), server_key.get()) == 1);
  CHECK(EVP_PKEY_eq(authority_key.get(), server_key.get()) != 1);
  CHECK(EVP_PKEY_get_bits(server_key.get()) == 256);
}

TEST_CASE_METHOD(CertificateMakerTest, "the CA can sign servers, a server nothing",
                 "[certificates]") {
  CHECK(X509_check_ca(authority_.get()) == 1);
  CHECK(X509_get_pathlen(authority_.get()) == 0);
  CHECK(X509_check_ca(server_.get()) == 0);
  CHECK(X509_check_purpose(server_.get(), X509_PURPOSE_SSL_SERVER, 0) == 1);
  CHECK(X509_check_purpose(server_.get(), X509_PURPOSE_SSL_CLIENT, 0) == 0);
}

TEST_CASE("what is no host name or address is refused", "[certificates]") {
  for (const std::string name : {"localhost", "a", "kinesis.example.com", "*.example.com",
                                 "my_host", "10.0.0.7", "fe80::1", "1.example"}) {
    CAPTURE(name);
    CHECK(IsHostNameOrAddress(name));
  }
  for (const std::string name :
       {"", "a b", "-a", "a-", "a..b", ".a", "a.", "*", "*.com", "a.*.com", "http://a", "a:4567",
        "10.0.0", "10.0.0.256", "[::1]", "::g", "m\xC3\xBCller.de"}) {
    CAPTURE(name);
    CHECK_FALSE(IsHostNameOrAddress(name));
    CHECK(MakeCertificates({{name}, 1, absl::Now()}).status().code() ==
          absl::StatusCode::kInvalidArgument);
  }
  CHECK_FALSE(IsHostNameOrAddress(std::string(64, 'a')));
  CHECK_FALSE(MakeCertificates({{}, 1, absl::Now()}).ok());
}

}  // namespace
}  // namespace penstock::cli
