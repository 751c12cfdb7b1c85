#include "broker/http/http1_response_head.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "broker/http/http_date.h"

namespace penstock::broker {
namespace {

bool IsControl(char c) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\t';
}

}  // namespace

std::string SafeFieldValue(std::string_view value) {
  std::string safe(value);
  for (char& c : safe) {
    if (IsControl(c)) c = ' ';
  }
  return safe;
}

std::string Http1ResponseHead::Text() const {
  std::string text;
  text.reserve(512);
  const std::string_view reason = HttpReason(status);
  const std::string_view date = HttpDateNow();
  absl::StrAppend(&text, "HTTP/1.1 ", status, " ", absl::string_view(reason.data(), reason.size()),
                  "\r\ndate: ", absl::string_view(date.data(), date.size()), "\r\n");
  for (const HttpField& field : *fields)
    absl::StrAppend(&text, field.name, ": ", SafeFieldValue(field.value), "\r\n");
  // An answer 204 has no body and no length (RFC 9110, 8.6).
  if (body == Http1Body::kLength && status != 204)
    absl::StrAppend(&text, "content-length: ", content_length, "\r\n");
  if (body == Http1Body::kChunked) text += "transfer-encoding: chunked\r\n";
  if (close) text += "connection: close\r\n";
  text += "\r\n";
  return text;
}

}  // namespace penstock::broker
