#include "broker/http/http1_parser.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace penstock::broker {
namespace {

namespace http = boost::beast::http;

// What every chunked body ends with, if it has no fields there.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

HttpFault Malformed(std::string why) {
  return {400, HttpRefusal::kMalformed, std::move(why)};
}

// Digits and nothing else: a list, a sign or a blank may be read in two ways.
std::optional<uint64_t> LengthOf(const std::string& text) {
  uint64_t length = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(text, &length))
    return std::nullopt;
  return length;
}

}  // namespace

Http1Parser::Http1Parser(const HttpLimits& limits) : limits_(limits) {
  // The scanner has checked the head's lines, with bounds of their own.
  header_limit(static_cast<uint32_t>(limits.line_bytes_max + limits.fields_bytes_max + 16));
  // A declared length is checked with the head, in words that say the limit.
  body_limit(boost::none);
  eager(false);
}

std::optional<HttpFault> Http1Parser::ParseHead(std::string_view head) {
  Error error;
  const size_t used = put(boost::asio::buffer(head.data(), head.size()), error);
  head_done_ = true;
  // Of all chunks.
  body_limit(uint64_t{limits_.body_bytes_max});
  if (error == http::error::bad_version)
    return HttpFault{505, HttpRefusal::kMalformed, "only HTTP/1.1 and HTTP/2 are spoken here"};
  if (error) return Malformed(absl::StrCat("malformed request: ", error.message()));
  if (!is_header_done() || used != head.size()) return Malformed("malformed request");
  return CheckFraming();
}

std::optional<HttpFault> Http1Parser::CheckFraming() {
  const size_t lengths = head_.Count("content-length");
  const size_t encodings = head_.Count("transfer-encoding");
  if (lengths + encodings > 1) return Malformed("more than one statement of the body's length");
  if (lengths == 1) {
    head_.content_length = LengthOf(*head_.Find("content-length"));
    if (!head_.content_length.has_value()) return Malformed("content-length is not a number");
  }
  if (encodings == 1) {
    if (is_http10_) return Malformed("transfer-encoding with HTTP/1.0");
    if (!absl::EqualsIgnoreCase(*head_.Find("transfer-encoding"), "chunked")) {
      return HttpFault{501, HttpRefusal::kMalformed,
                       "transfer-encoding other than chunked is not supported"};
    }
    chunked_ = true;
  }
  const size_t hosts = head_.Count("host");
  if (hosts > 1 || (hosts == 0 && !is_http10_)) return Malformed("there must be one host field");
  return std::nullopt;
}

Http1Parser::Chunks Http1Parser::ParseChunks(std::string_view bytes, std::string* body) {
  Chunks chunks;
  body_ = body;
  while (chunks.consumed < bytes.size() && !is_done()) {
    Error error;
    const std::string_view rest = bytes.substr(chunks.consumed);
    // Once Beast has seen the size of the last chunk it asserts that it is given these many bytes.
    // Nothing whole is held up: no end of a body is shorter.
    if (rest.front() == '0' && rest.size() < kLastChunk.size()) break;
    const size_t used = put(boost::asio::buffer(rest.data(), rest.size()), error);
    chunks.consumed += used;
    if (error == http::error::need_more) break;
    if (error == http::error::body_limit) {
      chunks.fault = BodyTooLarge(limits_);
      break;
    }
    if (error) {
      chunks.fault = Malformed(absl::StrCat("malformed chunk: ", error.message()));
      break;
    }
  }
  chunks.complete = is_done();
  return chunks;
}

void Http1Parser::on_request_impl(http::verb /*method*/, View method_text, View target, int version,
                                  Error& /*error*/) {
  head_.method.assign(method_text.data(), method_text.size());
  head_.target.assign(target.data(), target.size());
  is_http10_ = version == 10;
}

void Http1Parser::on_field_impl(http::field /*name*/, View name_text, View value,
                                Error& /*error*/) {
  // Fields after the last chunk are not part of the head.
  if (head_done_) return;
  HttpField& field = head_.fields.emplace_back();
  field.name.assign(name_text.data(), name_text.size());
  absl::AsciiStrToLower(&field.name);
  field.value.assign(value.data(), value.size());
}

size_t Http1Parser::on_chunk_body_impl(uint64_t /*remain*/, View body, Error& /*error*/) {
  if (body_ != nullptr) body_->append(body.data(), body.size());
  return body.size();
}

void Http1Parser::on_response_impl(int, View, int, Error&) {}
void Http1Parser::on_header_impl(Error&) {}
void Http1Parser::on_body_init_impl(const boost::optional<uint64_t>&, Error&) {}
size_t Http1Parser::on_body_impl(View body, Error&) {
  return body.size();
}
void Http1Parser::on_chunk_header_impl(uint64_t, View, Error&) {}
void Http1Parser::on_finish_impl(Error&) {}

}  // namespace penstock::broker
