#include "broker/aws/canonical_request.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("a canonical request has its lines in order", "[sigv4]") {
  HttpRequestHead head;
  head.method = "POST";
  head.target = "/a//b?z=1&X-Amz-Signature=f00d&a=2";
  head.fields = {
      {"x-many", " b "}, {"host", "localhost:4567"}, {"accept", "*/*"}, {"x-many", "a  c"}};
  const QueryParameters query = ParseQuery(QueryOf(head.target));
  const std::vector<std::string> signed_headers = {"host", "x-many"};
  CHECK(CanonicalRequest({head, query, "X-Amz-Signature", signed_headers, "hash"}) ==
        "POST\n/a/b\na=2&z=1\nhost:localhost:4567\nx-many:b,a c\n\nhost;x-many\nhash");
  head.target = "/";
  CHECK(CanonicalRequest({head, {}, "", signed_headers, "hash"}) ==
        "POST\n/\n\nhost:localhost:4567\nx-many:b,a c\n\nhost;x-many\nhash");
}

TEST_CASE("a path is made normal and encoded once more", "[sigv4]") {
  CHECK(CanonicalPath("/") == "/");
  CHECK(CanonicalPath("") == "/");
  CHECK(CanonicalPath("//") == "/");
  CHECK(CanonicalPath("/./") == "/");
  CHECK(CanonicalPath("/a/..") == "/");
  CHECK(CanonicalPath("/../..//a") == "/a");
  CHECK(CanonicalPath("/a/./b/../c/") == "/a/c/");
  CHECK(CanonicalPath("/a%20b/~_-.") == "/a%2520b/~_-.");
  CHECK(CanonicalPath("/...") == "/...");
}

TEST_CASE("blanks of a value are trimmed and collapsed", "[sigv4]") {
  CHECK(CanonicalFieldValue("a") == "a");
  CHECK(CanonicalFieldValue("").empty());
  CHECK(CanonicalFieldValue(" \t ").empty());
  CHECK(CanonicalFieldValue("  a \t b  c ") == "a b c");
  CHECK(CanonicalFieldValue("\"a  b\"") == "\"a b\"");
}

}  // namespace
}  // namespace penstock::broker
