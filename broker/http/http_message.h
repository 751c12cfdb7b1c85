// HTTP requests and responses, as the server reads and writes them, whatever the version.
//
// Plain values: field names are lower case, values as on the wire. Knows nothing of what is asked.
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
  std::string name;  // lower case
  std::string value;
};

enum class HttpVersion { kHttp11, kHttp2 };

// What is known of a request before its body.
struct HttpRequestHead {
  std::string method;  // "POST"
  std::string target;  // as on the wire: "/path?query"
  HttpVersion version = HttpVersion::kHttp11;
  // In order of arrival. HTTP/2 pseudo fields are not among them; with HTTP/2, `host` is added from
  // :authority where it is absent.
  std::vector<HttpField> fields;
  std::optional<uint64_t> content_length;
  bool secure = false;  // TLS
  std::string peer;     // "127.0.0.1:51234": names the connection
  bool peer_is_loopback = false;

  // Value of the first field of that lower-case name; nullptr if there is none.
  const std::string* Find(std::string_view name) const {
    for (const HttpField& field : fields) {
      if (field.name == name) return &field.value;
    }
    return nullptr;
  }
  size_t Count(std::string_view name) const {
    size_t count = 0;
    for (const HttpField& field : fields) count += field.name == name ? 1 : 0;
    return count;
  }
};

struct HttpRequest {
  HttpRequestHead head;
  std::string body;  // raw; at least 64 bytes of capacity beyond its size (simdjson's padding)
};

struct HttpResponse {
  int status = 200;
  std::vector<HttpField> fields;  // without content-length, connection and date: the server's
  std::string body;
  std::shared_ptr<const void> hold;  // let go when the answer is written or the client has gone
  bool close = false;                // end the connection after it (HTTP/1.1)
};

}  // namespace penstock::broker
