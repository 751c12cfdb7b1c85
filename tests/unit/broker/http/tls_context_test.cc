#include "broker/http/tls_context.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "tests/support/http2_client.h"
#include "tests/support/http_test_handler.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_certificate.h"

namespace penstock::broker {
namespace {

using testing::ByteStream;
using testing::Http2Client;
using testing::HttpClient;
using testing::HttpTestServer;
using testing::MakeTestCertificate;
using testing::TemporaryFolder;

struct Files {
  TemporaryFolder folder;
  std::string certificate = folder.path() + "/cert.pem";
  std::string key = folder.path() + "/key.pem";

  TlsOptions options(const Clock* clock = &SystemClock::Get()) const {
    TlsOptions options;
    options.certificate_file = certificate;
    options.key_file = key;
    options.clock = clock;
    return options;
  }
};

void WriteText(const std::string& path, std::string_view text) {
  std::ofstream(path) << text;
}

std::string NameServed(uint16_t port) {
  ByteStream stream(port);
  REQUIRE(stream.StartTls("http/1.1"));
  return stream.peer_name();
}

TEST_CASE("tls: an error names the file and the reason") {
  Files files;
  auto missing = TlsContext::Open(files.options());
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(missing.status().message()).find("certificate in " + files.certificate) !=
        std::string::npos);
  CHECK(std::string(missing.status().message()).find("No such file") != std::string::npos);

  MakeTestCertificate(files.certificate, files.key, "one");
  CHECK(TlsContext::Open(files.options()).ok());
  WriteText(files.key, "no key");
  auto bad_key = TlsContext::Open(files.options());
  REQUIRE_FALSE(bad_key.ok());
  CHECK(std::string(bad_key.status().message()).find("key in " + files.key) != std::string::npos);

  MakeTestCertificate(files.folder.path() + "/other.pem", files.key, "other");
  auto mismatch = TlsContext::Open(files.options());
  REQUIRE_FALSE(mismatch.ok());
  CHECK(std::string(mismatch.status().message()).find(files.key) != std::string::npos);
}

TEST_CASE("tls: ALPN chooses the protocol, on the port that takes plain text too") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  HttpTestServer served({}, *TlsContext::Open(files.options()));

  testing::Http2ClientOptions options;
  options.tls = true;
  Http2Client http2(served.port(), options);
  const std::string body(3'000'000, 'b');
  CHECK((http2.Wait(http2.Submit("POST", "/echo", {}, body)).body == body));

  HttpClient http1(served.port());
  REQUIRE(http1.stream().StartTls("http/1.1"));
  CHECK(http1.stream().alpn() == "http/1.1");
  CHECK((http1.Post("/echo", {}, body).body == body));
  CHECK(http1.Post("/echo", {}, "next").body == "next");
  http1.Send(HttpClient::PostHead("/keep", {}, 0));
  const auto kept = served.handler.Next();
  CHECK(kept.request.head.secure);
  kept.exchange->Respond({});
  CHECK(http1.Receive().status == 200);

  // Without ALPN the first bytes decide, as they do without TLS.
  HttpClient none(served.port());
  REQUIRE(none.stream().StartTls(""));
  CHECK(none.Post("/echo", {}, "x").body == "x");
  HttpClient plain(served.port());
  CHECK(plain.Post("/echo", {}, "y").body == "y");
  CHECK(served.metrics.tls_handshakes_total.value() == 3);

  ByteStream unknown(served.port());
  CHECK_FALSE(unknown.StartTls("spdy/3"));
}

TEST_CASE("tls: a connection that ends says so") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  HttpTestServer served({}, *TlsContext::Open(files.options()));
  HttpClient client(served.port());
  REQUIRE(client.stream().StartTls("http/1.1"));
  client.Send("GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(client.Receive().status == 200);
  CHECK(client.IsClosedByPeer());
}

TEST_CASE("tls: versions before 1.2 are refused") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  HttpTestServer served({}, *TlsContext::Open(files.options()));
  ByteStream old(served.port());
  CHECK_FALSE(old.StartTls("", TLS1_1_VERSION));
  CHECK(testing::WaitUntil([&] { return served.refused(HttpRefusal::kTlsHandshake) == 1; }));
  ByteStream good(served.port());
  CHECK(good.StartTls("", TLS1_2_VERSION));
}

TEST_CASE("tls: plain text may be refused, and TLS is where there is no certificate") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  HttpTestServer secure({}, *TlsContext::Open(files.options()), /*plain_text=*/false);
  HttpClient plain(secure.port());
  CHECK(plain.Post("/echo", {}, "x").status == 0);
  CHECK(secure.refused(HttpRefusal::kPlainText) == 1);
  CHECK(NameServed(secure.port()) == "broker");

  HttpTestServer open;
  ByteStream stream(open.port());
  CHECK_FALSE(stream.StartTls(""));
  CHECK(open.refused(HttpRefusal::kTlsHandshake) == 1);
}

TEST_CASE("tls: new files are used for new connections, bad ones are not") {
  Files files;
  ManualClock clock(1'000'000);
  MakeTestCertificate(files.certificate, files.key, "one", 1000);
  auto tls = *TlsContext::Open(files.options(&clock));
  HttpTestServer served({}, tls);
  const int64_t first_expiry = served.metrics.certificate_not_after_s.value();
  CHECK(first_expiry > 0);
  HttpClient old(served.port());
  REQUIRE(old.stream().StartTls("http/1.1"));

  MakeTestCertificate(files.certificate, files.key, "two", 5000);
  // Not looked at again before its time.
  CHECK(NameServed(served.port()) == "one");
  clock.AdvanceMs(1'000);
  CHECK(NameServed(served.port()) == "two");
  CHECK(served.metrics.certificate_not_after_s.value() >= first_expiry + 3000);
  CHECK(old.Post("/echo", {}, "x").body == "x");

  WriteText(files.certificate, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n");
  clock.AdvanceMs(1'000);
  CHECK(NameServed(served.port()) == "two");
  std::remove(files.certificate.c_str());
  clock.AdvanceMs(1'000);
  CHECK(NameServed(served.port()) == "two");
  MakeTestCertificate(files.certificate, files.key, "three");
  clock.AdvanceMs(1'000);
  CHECK(NameServed(served.port()) == "three");
}

TEST_CASE("tls: a handshake that does not end is ended") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  HttpLimits limits;
  limits.handshake_timeout_ms = 30;
  HttpTestServer served(limits, *TlsContext::Open(files.options()));
  HttpClient client(served.port());
  client.Send("\x16");
  CHECK(client.IsClosedByPeer());
  CHECK(served.refused(HttpRefusal::kHandshakeTimeout) == 1);
}

TEST_CASE("tls: a key with a passphrase is refused, and nobody is asked for it") {
  Files files;
  MakeTestCertificate(files.certificate, files.key, "broker");
  std::FILE* in = std::fopen(files.key.c_str(), "r");
  EVP_PKEY* key = ::PEM_read_PrivateKey(in, nullptr, nullptr, nullptr);
  std::fclose(in);
  REQUIRE(key != nullptr);
  std::FILE* out = std::fopen(files.key.c_str(), "w");
  const std::string passphrase = "secret";
  CHECK(::PEM_write_PrivateKey(out, key, ::EVP_aes_256_cbc(),
                               reinterpret_cast<const unsigned char*>(passphrase.data()),
                               static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  std::fclose(out);
  ::EVP_PKEY_free(key);
  const auto opened = TlsContext::Open(files.options());
  REQUIRE_FALSE(opened.ok());
  CHECK(std::string(opened.status().message()).find("it has a passphrase") != std::string::npos);
}

}  // namespace
}  // namespace penstock::broker
