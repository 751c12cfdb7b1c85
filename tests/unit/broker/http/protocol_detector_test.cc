#include "broker/http/protocol_detector.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("the preface of HTTP/2 is known once it is complete, however it is cut") {
  for (size_t bytes = 0; bytes < kHttp2Preface.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK(DetectProtocol(kHttp2Preface.substr(0, bytes)) == DetectedProtocol::kUnknownYet);
  }
  CHECK(DetectProtocol(kHttp2Preface) == DetectedProtocol::kHttp2);
  CHECK(DetectProtocol(std::string(kHttp2Preface) + "more") == DetectedProtocol::kHttp2);
}

TEST_CASE("what differs from the preface anywhere is HTTP/1.1") {
  for (size_t at = 0; at < kHttp2Preface.size(); ++at) {
    CAPTURE(at);
    std::string bytes(kHttp2Preface);
    bytes[at] = 'x';
    CHECK(DetectProtocol(bytes.substr(0, at + 1)) == DetectedProtocol::kHttp1);
    CHECK(DetectProtocol(bytes) == DetectedProtocol::kHttp1);
  }
  CHECK(DetectProtocol("P") == DetectedProtocol::kUnknownYet);
  CHECK(DetectProtocol("PO") == DetectedProtocol::kHttp1);
  CHECK(DetectProtocol("GET / HTTP/1.1\r\n") == DetectedProtocol::kHttp1);
}

TEST_CASE("a TLS handshake is known by its first byte") {
  CHECK(DetectProtocol("\x16") == DetectedProtocol::kTls);
  CHECK(DetectProtocol("\x16\x03\x01") == DetectedProtocol::kTls);
}

}  // namespace
}  // namespace penstock::broker
