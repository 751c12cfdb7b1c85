// HttpRequest and HttpResponse: what a server for APIs takes and gives, whatever the version of HTTP.
//
// Plain values. The head of a request is known before its body; field names are lower case, repeated
// fields stay apart and in the order in which they came. Nothing here is checked: the protocols
// check before they fill it in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::broker {

struct HttpField {
  // Lower case.
  std::string name;
  std::string value;
};

enum class HttpVersion { kHttp11, kHttp2 };

// What is known of a request before its body.
struct HttpRequestHead {
  std::string method;
  // As on the wire: "/path?query".
  std::string target;
  HttpVersion version = HttpVersion::kHttp11;
  // In order of arrival. The pseudo fields of HTTP/2 are not among them; `host` is added from
  // :authority where it is absent.
  std::vector<HttpField> fields;
  std::optional<uint64_t> content_length;
  // Came through TLS.
  bool secure = false;
  // "127.0.0.1:51234" or "[::1]:51234": names the connection.
  std::string peer;
  bool peer_is_loopback = false;

  // Value of the first field of that lower-case name; null if there is none.
  const std::string* Find(std::string_view name) const;
  size_t Count(std::string_view name) const;
};

// The bytes of capacity that a body has beyond its size, for parsers that read ahead of it.
inline constexpr size_t kHttpBodyPadding = 64;

struct HttpRequest {
  HttpRequestHead head;
  // As it came. Capacity is at least kHttpBodyPadding beyond the size.
  std::string body;
};

struct HttpResponse {
  int status = 200;
  // Without content-length, connection and date, which the server adds.
  std::vector<HttpField> fields;
  std::string body;
  // Let go of when the answer has been written, or the client has gone.
  std::shared_ptr<const void> hold;
  // End the connection after it (HTTP/1.1 alone).
  bool close = false;
};

// "Not Found"; "Status" for what has no name here.
std::string_view HttpReason(int status);

}  // namespace penstock::broker
