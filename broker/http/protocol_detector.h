// DetectProtocol: which protocol a connection speaks, by its first bytes.
//
// 0x16 begins a TLS handshake; "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" is the preface of HTTP/2 by prior
// knowledge (RFC 9113, 3.4), which may come in pieces; all else is taken for HTTP/1.1, whose parser
// says what is wrong with it. A pure function.
#pragma once

#include <string_view>

namespace penstock::broker {

inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class DetectedProtocol { kUnknownYet, kTls, kHttp2, kHttp1 };

// `bytes`: all that has come so far.
DetectedProtocol DetectProtocol(std::string_view bytes);

}  // namespace penstock::broker
