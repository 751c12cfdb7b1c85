#include "broker/aws/query_string.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

std::string Canonical(const std::string& query) {
  return CanonicalQuery(ParseQuery(query), "");
}

TEST_CASE("a target has a path and a query", "[sigv4]") {
  CHECK(PathOf("/a?b?c") == "/a");
  CHECK(QueryOf("/a?b?c") == "b?c");
  CHECK(PathOf("/a") == "/a");
  CHECK(QueryOf("/a").empty());
  CHECK(QueryOf("/a?").empty());
}

TEST_CASE("a query is sorted by name and then by value, as encoded", "[sigv4]") {
  CHECK(Canonical("").empty());
  CHECK(Canonical("b=2&a=1&B=3&a=0&a-b=4&ab=5") == "B=3&a=0&a=1&a-b=4&ab=5&b=2");
  CHECK(Canonical("flag&other=") == "flag=&other=");
  CHECK(Canonical("a=b=c") == "a=b%3Dc");
  CHECK(Canonical("a&") == "=&a=");
  CHECK(Canonical("&") == "=&=");
}

TEST_CASE("what is encoded in different ways is the same parameter", "[sigv4]") {
  CHECK(Canonical("%7e=%2f&%41=a+b") == "A=a%20b&~=%2F");
  CHECK(Canonical("p=100%&q=%4&r=%zz") == "p=100%25&q=%254&r=%25zz");
  CHECK(Canonical("utf8=\xE2\x82\xAC") == "utf8=%E2%82%AC");
  const QueryParameters parameters = ParseQuery("X%2DAmz-Date=1&%00=2");
  REQUIRE(parameters.size() == 2);
  CHECK(parameters[0].name == "X-Amz-Date");
  CHECK(parameters[1].name == std::string(1, '\0'));
}

TEST_CASE("a parameter can be left out of a query", "[sigv4]") {
  CHECK(CanonicalQuery(ParseQuery("a=1&s=2&b=3&s=4"), "s") == "a=1&b=3");
}

}  // namespace
}  // namespace penstock::broker
