// Http1Parser: one HTTP/1.1 request, from bytes to HttpRequestHead and, if it is chunked, its body.
//
// Beast's parser does the grammar; this takes what it finds into our own types, without a message
// of Beast's between, and refuses what Beast lets pass though it says two things at once: repeated
// Content-Length or Host, lists in them, Transfer-Encoding other than `chunked`. Give it a complete
// head first (Http1HeadScanner finds it), then the chunks as they come; a body of known length is
// not its business. One request each. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "broker/http/http_fault.h"
#include "broker/http/http_limits.h"
#include "broker/http/http_message.h"

namespace penstock::broker {

class Http1Parser final : private boost::beast::http::basic_parser<true> {
 public:
  // `limits` outlives it.
  explicit Http1Parser(const HttpLimits& limits);

  // What is wrong with it, if anything.
  std::optional<HttpFault> ParseHead(std::string_view head);

  HttpRequestHead& head() { return head_; }
  bool chunked() const { return chunked_; }
  // Whether the client wants the connection for its next request.
  bool keep_alive() const { return boost::beast::http::basic_parser<true>::keep_alive(); }
  // A client of HTTP/1.0 does not know chunks.
  bool is_http10() const { return is_http10_; }

  struct Chunks {
    // Of the bytes given; the rest is to be given again, with more.
    size_t consumed = 0;
    bool complete = false;
    std::optional<HttpFault> fault;
  };
  // Adds to `body`, which may be null: then it is thrown away.
  Chunks ParseChunks(std::string_view bytes, std::string* body);

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, View method_text, View target, int version,
                       Error& error) override;
  void on_response_impl(int code, View reason, int version, Error& error) override;
  void on_field_impl(boost::beast::http::field name, View name_text, View value,
                     Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<uint64_t>& content_length, Error& error) override;
  size_t on_body_impl(View body, Error& error) override;
  void on_chunk_header_impl(uint64_t size, View extensions, Error& error) override;
  size_t on_chunk_body_impl(uint64_t remain, View body, Error& error) override;
  void on_finish_impl(Error& error) override;

  std::optional<HttpFault> CheckFraming();

  const HttpLimits& limits_;
  HttpRequestHead head_;
  bool head_done_ = false;
  bool chunked_ = false;
  bool is_http10_ = false;
  std::string* body_ = nullptr;
};

}  // namespace penstock::broker
