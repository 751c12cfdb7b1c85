#include "broker/aws/utf8.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("UTF-8 is told from what is not", "[aws]") {
  const std::string padding(40, 'x');
  for (const char* good : {"", "a", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"}) {
    CHECK(IsUtf8(good));
    CHECK(IsUtf8(padding + good + padding));
    CHECK(ReplaceInvalidUtf8(good) == good);
  }
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CHECK_FALSE(IsUtf8(bad));
    CHECK_FALSE(IsUtf8(padding + bad));
    CHECK_FALSE(IsUtf8(bad + padding));
    CHECK(IsUtf8(ReplaceInvalidUtf8(bad)));
  }
}

TEST_CASE("characters are code points", "[aws]") {
  CHECK(CharactersOf("") == 0);
  CHECK(CharactersOf("abc") == 3);
  CHECK(CharactersOf("\xC3\xA4") == 1);
  CHECK(CharactersOf("\xF0\x9F\x92\xA7x") == 2);
}

TEST_CASE("a head ends with a whole character", "[aws]") {
  CHECK(HeadOf("abc", 3) == "abc");
  CHECK(HeadOf("abc", 2) == "ab");
  CHECK(HeadOf("a\xC3\xA4", 2) == "a");
  CHECK(HeadOf("\xF0\x9F\x92\xA7", 3).empty());
  CHECK(HeadOf("", 0).empty());
}

TEST_CASE("each byte that belongs to no character is replaced", "[aws]") {
  CHECK(ReplaceInvalidUtf8("a\xFF"
                           "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(ReplaceInvalidUtf8("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(ReplaceInvalidUtf8("\xE2\x82\xAC\x80") == "\xE2\x82\xAC\xEF\xBF\xBD");
}

}  // namespace
}  // namespace penstock::broker
