#include "client/cli/key_field.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

std::string KeyOf(const std::string& line) {
  KeyField field("k");
  const auto key = field.KeyOf(line);
  return key.ok() ? *key : "error: " + std::string(key.status().message());
}

TEST_CASE("a string or a number is a key") {
  CHECK(KeyOf(R"({"k":"ORD"})") == "ORD");
  CHECK(KeyOf(R"({"a":{"k":"inner"},"k":"outer"})") == "outer");
  CHECK(KeyOf(R"({"k":"gr\u00fcn"})") == "gr\xc3\xbcn");
  CHECK(KeyOf(R"({"k":""})").empty());
  CHECK(KeyOf(R"({"k":42})") == "42");
  CHECK(KeyOf(R"({"k":-42})") == "-42");
  CHECK(KeyOf(R"({"k":18446744073709551615})") == "18446744073709551615");
  CHECK(KeyOf(R"({"k":0.1})") == "0.1");
  CHECK(KeyOf(R"( {"k":1, "k":2} )") == "1");
}

TEST_CASE("what has no key says why") {
  CHECK(KeyOf(R"({"other":1})") == "error: no field 'k'");
  CHECK(KeyOf(R"({"k":null})") ==
        "error: field 'k' is null; a partition key is a string or a number");
  CHECK(KeyOf(R"({"k":[1]})") ==
        "error: field 'k' is an array; a partition key is a string or a number");
  CHECK(KeyOf("[1]") == "error: not a JSON object");
  CHECK(KeyOf("").find("error: not JSON") == 0);
  CHECK(KeyOf("{\"k\":1").find("error: not JSON") == 0);
  CHECK(KeyOf("{\"k\":1} x").find("error: not JSON") == 0);
  CHECK(KeyOf("{\"k\":\"\xff\"}").find("error: not JSON") == 0);
}

TEST_CASE("deep nesting is refused, not followed") {
  CHECK(KeyOf("{\"k\":1,\"deep\":" + std::string(1'000'000, '[')).find("error: not JSON") == 0);
}

TEST_CASE("one line leaves nothing behind for the next") {
  KeyField field("k");
  CHECK(*field.KeyOf(R"({"k":"a"})") == "a");
  CHECK_FALSE(field.KeyOf("{").ok());
  CHECK_FALSE(field.KeyOf(R"({"x":"b"})").ok());
  CHECK(*field.KeyOf(R"({"k":"c"})") == "c");
}

}  // namespace
}  // namespace penstock::cli
