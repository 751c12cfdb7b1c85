#include "broker/http/protocol_detector.h"

namespace penstock::broker {
namespace {

// The content type of a TLS record that is part of a handshake (RFC 8446, 5.1).
constexpr char kTlsHandshake = 0x16;

}  // namespace

DetectedProtocol DetectProtocol(std::string_view bytes) {
  if (bytes.empty()) return DetectedProtocol::kUnknownYet;
  if (bytes.front() == kTlsHandshake) return DetectedProtocol::kTls;
  if (bytes.substr(0, kHttp2Preface.size()) == kHttp2Preface) return DetectedProtocol::kHttp2;
  if (bytes == kHttp2Preface.substr(0, bytes.size())) return DetectedProtocol::kUnknownYet;
  return DetectedProtocol::kHttp1;
}

}  // namespace penstock::broker
