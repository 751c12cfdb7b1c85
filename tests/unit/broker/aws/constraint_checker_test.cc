#include "broker/aws/constraint_checker.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/aws/test_model.h"

namespace penstock::broker {
namespace {

using test_model::BindJson;

std::string Bind(const std::string& member, const std::string& value) {
  return BindJson("{\"" + member + "\":" + value + "}");
}

std::string Broken(const std::string& error) {
  return "ValidationException: 1 validation error detected: " + error;
}

std::string Broken(const std::string& value, const std::string& path, const std::string& what) {
  return Broken("Value " + value + " at '" + path + "' failed to satisfy constraint: " + what);
}

TEST_CASE("the length of a text is bounded, in characters", "[aws]") {
  CHECK(Bind("Short", R"("a")") ==
        Broken("'a'", "short", "Member must have length greater than or equal to 2"));
  CHECK(Bind("Short", R"("ab")") == "OK");
  CHECK(Bind("Short", R"("abc")") == "OK");
  CHECK(Bind("Short", R"("abcd")") == "OK");
  CHECK(Bind("Short", R"("abcde")") ==
        Broken("'abcde'", "short", "Member must have length less than or equal to 4"));
  CHECK(Bind("Short", R"("ääää")") == "OK");
  CHECK(Bind("Short", R"("ä")") ==
        Broken("'ä'", "short", "Member must have length greater than or equal to 2"));
}

TEST_CASE("the length of a blob is bounded, in bytes", "[aws]") {
  CHECK(Bind("Data", R"("")") == Broken("'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]'", "data",
                                        "Member must have length greater than or equal to 1"));
  CHECK(Bind("Data", R"("YQ==")") == "OK");
  CHECK(Bind("Data", R"("YWJj")") == "OK");
  CHECK(Bind("Data", R"("YWJjZA==")") == Broken("'java.nio.HeapByteBuffer[pos=0 lim=4 cap=4]'",
                                                "data",
                                                "Member must have length less than or equal to 3"));
}

TEST_CASE("the value of an integer is bounded, by its type at least", "[aws]") {
  CHECK(Bind("Count", "0") ==
        Broken("'0'", "count", "Member must have value greater than or equal to 1"));
  CHECK(Bind("Count", "1") == "OK");
  CHECK(Bind("Count", "10") == "OK");
  CHECK(Bind("Count", "10.9") == "OK");
  CHECK(Bind("Count", "11") ==
        Broken("'11'", "count", "Member must have value less than or equal to 10"));
  CHECK(Bind("Integer", "2147483647") == "OK");
  CHECK(Bind("Integer", "-2147483648") == "OK");
  CHECK(
      Bind("Integer", "2147483648") ==
      Broken("'2147483648'", "integer", "Member must have value less than or equal to 2147483647"));
  CHECK(Bind("Integer", "-2147483649") ==
        Broken("'-2147483649'", "integer",
               "Member must have value greater than or equal to -2147483648"));
}

TEST_CASE("patterns and enums", "[aws]") {
  CHECK(Bind("Lower", R"("abc")") == "OK");
  CHECK(Bind("Lower", R"("aBc")") ==
        Broken("'aBc'", "lower", "Member must satisfy regular expression pattern: [a-z]+"));
  CHECK(Bind("Colour", R"("RED")") == "OK");
  CHECK(Bind("Colour", R"("red")") ==
        Broken("'red'", "colour", "Member must satisfy enum value set: [RED, GREEN]"));
  CHECK(Bind("Colour", R"("")") ==
        Broken("''", "colour", "Member must satisfy enum value set: [RED, GREEN]"));
}

TEST_CASE("the size of a list is bounded, its items are told together", "[aws]") {
  CHECK(Bind("Texts", "[]") ==
        Broken("'[]'", "texts", "Member must have length greater than or equal to 1"));
  CHECK(Bind("Texts", R"(["ab"])") == "OK");
  CHECK(Bind("Texts", R"(["ab","cd","ef"])") == "OK");
  CHECK(Bind("Texts", R"(["ab","cd","ef","gh"])") ==
        Broken("'[ab, cd, ef, gh]'", "texts", "Member must have length less than or equal to 3"));
  CHECK(Bind("Texts", R"(["ab","c","d"])") ==
        Broken("'[ab, c, d]'", "texts",
               "Member must satisfy constraint: [Member must have length less than or equal to 4, "
               "Member must have length greater than or equal to 2]"));
  CHECK(Bind("Texts", R"(["ab",null])") ==
        Broken("null", "texts.2.member", "Member must not be null"));
}

TEST_CASE("the size of a map is bounded, its keys and values are told together", "[aws]") {
  const std::string all =
      " must satisfy constraint: [Member must have length less than or equal to 4, "
      "Member must have length greater than or equal to 2]";
  CHECK(Bind("Tags", "{}") ==
        Broken("'{}'", "tags", "Member must have length greater than or equal to 1"));
  CHECK(Bind("Tags", R"({"ab":"cd"})") == "OK");
  CHECK(Bind("Tags", R"({"ab":"cd","ef":"gh"})") == "OK");
  CHECK(
      Bind("Tags", R"({"ab":"cd","ef":"gh","ij":"kl"})") ==
      Broken("'{ab=cd, ef=gh, ij=kl}'", "tags", "Member must have length less than or equal to 2"));
  CHECK(Bind("Tags", R"({"a":"cd","b":"gh"})") ==
        Broken("'{a=cd, b=gh}'", "tags", "Map keys" + all));
  CHECK(Bind("Tags", R"({"ab":"c","ef":"abcde"})") ==
        Broken("'{ab=c, ef=abcde}'", "tags", "Map value" + all));
  CHECK(Bind("Tags", R"({"ab":null})") ==
        Broken("null", "tags.ab.member", "Member must not be null"));
}

TEST_CASE("what is required is required, and told with its path", "[aws]") {
  CHECK(Bind("Entry", R"({"Data":"YQ==","Key":"ab"})") == "OK");
  CHECK(Bind("Entry", R"({"Data":"YQ=="})") ==
        Broken("null", "entry.key", "Member must not be null"));
  CHECK(Bind("Entry", R"({"Data":"YQ==","Key":null})") ==
        Broken("null", "entry.key", "Member must not be null"));
  CHECK(
      Bind("Entries", R"([{"Data":"YQ==","Key":"ab"},{"Data":"YQ==","Key":"a"}])") ==
      Broken("'a'", "entries.2.member.key", "Member must have length greater than or equal to 2"));
  CHECK(Bind("Entries", "[null]") == Broken("null", "entries.1.member", "Member must not be null"));
}

TEST_CASE("several errors are told at once, in the order of the shape, ten at most", "[aws]") {
  CHECK(BindJson(R"({"Count":0,"Short":"a"})") ==
        "ValidationException: 2 validation errors detected: "
        "Value 'a' at 'short' failed to satisfy constraint: "
        "Member must have length greater than or equal to 2; "
        "Value '0' at 'count' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1");
  const auto entries = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += i == 0 ? "{}" : ",{}";
    return Bind("Entries", "[" + list + "]");
  };
  CHECK(entries(4).starts_with("ValidationException: 8 validation errors detected: "));
  CHECK(entries(5).starts_with("ValidationException: 10 validation errors detected: "));
  CHECK(entries(6).starts_with("ValidationException: 10 validation errors detected: "));
  CHECK(entries(5) == entries(6));
}

TEST_CASE("of a value that is too long to show, the head is shown", "[aws]") {
  const std::string longest(kValidationValueBytesMax, 'x');
  const std::string what = "Member must have length less than or equal to 4";
  CHECK(Bind("Short", "\"" + longest + "\"") == Broken("'" + longest + "'", "short", what));
  CHECK(Bind("Short", "\"" + longest + "x\"") == Broken("'" + longest + "...'", "short", what));
  const std::string shorter = longest.substr(1);
  CHECK(Bind("Short", "\"" + shorter + "ä\"") == Broken("'" + shorter + "...'", "short", what));
  std::string list = "\"abc\"";
  for (int i = 0; i < 10'000; ++i) list += ",\"abc\"";
  CHECK(Bind("Texts", "[" + list + "]").size() < kValidationValueBytesMax + 256);
}

}  // namespace
}  // namespace penstock::broker
