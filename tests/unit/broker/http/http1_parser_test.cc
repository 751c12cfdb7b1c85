#include "broker/http/http1_parser.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

std::optional<HttpFault> Parse(std::string_view fields, std::string_view version = "HTTP/1.1") {
  const HttpLimits limits;
  Http1Parser parser(limits);
  return parser.ParseHead("POST / " + std::string(version) + "\r\n" + std::string(fields) + "\r\n");
}

TEST_CASE("a head whose body's length is said twice, or not plainly, is refused") {
  CHECK_FALSE(Parse("Host: h\r\n").has_value());
  CHECK_FALSE(Parse("Host: h\r\nContent-Length: 0\r\n").has_value());
  CHECK_FALSE(Parse("Host: h\r\nTransfer-Encoding: chunked\r\n").has_value());
  for (const std::string_view bad : {
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 1\r\n",
           "Content-Length: 1\r\nContent-Length: 2\r\n",
           "Content-Length: 1, 1\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x1\r\n",
           "Content-Length: 1 1\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
       }) {
    CAPTURE(bad);
    const auto fault = Parse("Host: h\r\n" + std::string(bad));
    REQUIRE(fault.has_value());
    CHECK(fault->status == 400);
  }
  for (const std::string_view other : {"gzip", "chunked, chunked", "gzip, chunked", "identity"}) {
    CAPTURE(other);
    const auto fault = Parse("Host: h\r\nTransfer-Encoding: " + std::string(other) + "\r\n");
    REQUIRE(fault.has_value());
    CHECK(fault->status >= 400);
  }
}

TEST_CASE("fields that are none are refused") {
  for (const std::string_view bad :
       {"A : b\r\n", ": b\r\n", "no colon\r\n", "A\x01: b\r\n", "A: b\x01\r\n", "Host: i\r\n"}) {
    CAPTURE(bad);
    CHECK(Parse("Host: h\r\n" + std::string(bad)).has_value());
  }
  CHECK(Parse("").has_value());
}

TEST_CASE("versions other than 1.0 and 1.1 are refused") {
  CHECK(Parse("Host: h\r\n", "HTTP/1.2").has_value());
  CHECK(Parse("Host: h\r\n", "HTTP/2.0")->status == 505);
  CHECK(Parse("Host: h\r\n", "HTTP/0.9").has_value());
  CHECK(Parse("Host: h\r\n", "http/1.1").has_value());
  CHECK_FALSE(Parse("", "HTTP/1.0").has_value());
  CHECK(Parse("Transfer-Encoding: chunked\r\n", "HTTP/1.0").has_value());
}

TEST_CASE("chunks are joined, and bad ones refused") {
  HttpLimits limits;
  limits.body_bytes_max = 20;
  const auto parse = [&limits](std::string_view bytes, std::string* body) {
    Http1Parser parser(limits);
    REQUIRE_FALSE(
        parser.ParseHead("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            .has_value());
    return parser.ParseChunks(bytes, body);
  };
  std::string body;
  CHECK(parse("3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\nrest", &body).complete);
  CHECK(body == "abcde");
  CHECK(parse("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nrest", nullptr).consumed == 20);
  CHECK(parse("14\r\n01234567890123456789\r\n0\r\n\r\n", nullptr).complete);
  CHECK(parse("15\r\n", nullptr).fault->status == 413);
  CHECK(parse("14\r\n01234567890123456789\r\n1\r\n", nullptr).fault->status == 413);
  for (const std::string_view bad :
       {"x\r\n", "-1\r\n", "3\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n",
        " 3\r\nabc\r\n", "11111111111111111\r\n", "3 3\r\nabc\r\n", "0\r\nno trailer\r\n\r\n"}) {
    CAPTURE(bad);
    CHECK(parse(bad, nullptr).fault.has_value());
  }
}

TEST_CASE("chunks may come cut anywhere, in the last one too") {
  const HttpLimits limits;
  for (const std::string_view wire : {"0\r\n\r\n", "00\r\n\r\n", "0;a=b\r\nTrailer: x\r\n\r\n",
                                      "1\r\n0\r\n0\r\n\r\n", "3\r\n000\r\n0\r\nA: b\r\n\r\n"}) {
    for (size_t first = 1; first < wire.size(); ++first) {
      for (size_t second = first; second < wire.size(); ++second) {
        CAPTURE(wire, first, second);
        Http1Parser parser(limits);
        REQUIRE_FALSE(
            parser.ParseHead("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                .has_value());
        size_t consumed = 0;
        std::string body;
        for (const size_t end : {first, second}) {
          const auto chunks = parser.ParseChunks(wire.substr(consumed, end - consumed), &body);
          REQUIRE_FALSE(chunks.fault.has_value());
          REQUIRE_FALSE(chunks.complete);
          consumed += chunks.consumed;
        }
        const auto chunks = parser.ParseChunks(wire.substr(consumed), &body);
        CHECK(chunks.complete);
        CHECK(consumed + chunks.consumed == wire.size());
        CHECK(body == (wire[0] == '1' ? "0" : wire[0] == '3' ? "000" : ""));
      }
    }
  }
}

}  // namespace
}  // namespace penstock::broker
