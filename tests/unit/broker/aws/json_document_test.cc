#include "broker/aws/json_document.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/aws/aws_error.h"
#include "tests/unit/broker/aws/document_text.h"

namespace penstock::broker {
namespace {

// What a body is as a document, or the error.
std::string Parsed(std::string_view text) {
  const PaddedBody body(text);
  const absl::StatusOr<Document> document = ParseJson(body.text());
  if (document.ok()) {
    CHECK(document->format() == AwsFormat::kJson);
    return TextOf(document->root());
  }
  const AwsError error = AwsErrorOf(document.status());
  CHECK(error.type == "SerializationException");
  return "error: " + error.message;
}

bool Refused(std::string_view text) {
  return Parsed(text).starts_with("error: ");
}

TEST_CASE("JSON of every kind", "[aws]") {
  CHECK(Parsed("") == "{}");
  CHECK(Parsed(" {\n} ") == "{}");
  CHECK(Parsed(R"({"a":[],"b":{},"c":[1,[2,{"d":null}]] , "e" : "" })") ==
        R"({a: [], b: {}, c: [1, [2, {d: null}]], e: ""})");
  CHECK(Parsed(R"({"t":true,"f":false,"n":null})") == "{t: true, f: false, n: null}");
  CHECK(Parsed(R"({"a":"x y","b":"ä"})") == "{a: \"x y\", b: \"ä\"}");
}

TEST_CASE("escapes of JSON", "[aws]") {
  CHECK(Parsed(R"({"a":"\u0041\n\"\\\/"})") == R"({a: "A\n\"\\/"})");
  CHECK(Parsed(R"({"\u0061":1})") == "{a: 1}");
  CHECK(Parsed(R"({"a":"\ud83d\udca7"})") == "{a: \"\xF0\x9F\x92\xA7\"}");
  CHECK(Parsed(R"({"a":"\u0000"})") == R"({a: "\000"})");
}

TEST_CASE("numbers of JSON are integers where they can be", "[aws]") {
  CHECK(Parsed(R"({"a":0,"b":-1,"c":9223372036854775807,"d":-9223372036854775808})") ==
        "{a: 0, b: -1, c: 9223372036854775807, d: -9223372036854775808}");
  CHECK(Parsed(R"({"a":9223372036854775808,"b":18446744073709551615})") ==
        "{a: 9223372036854775808u, b: 18446744073709551615u}");
  CHECK(Parsed(R"({"a":18446744073709551616,"b":-9223372036854775809})") ==
        "{a: 1.84467e+19d, b: -9.22337e+18d}");
  CHECK(Parsed(R"({"a":1.441215410867E9,"b":1E3,"c":0.5,"d":1e-5})") ==
        "{a: 1.44122e+09d, b: 1000d, c: 0.5d, d: 1e-05d}");
}

TEST_CASE("what is not one JSON object is refused", "[aws]") {
  for (const char* text :
       {" ", "[]", "1", "\"x\"", "null", "{", "}", "{}}", "{}{}", "{} x", "x{}", "{]", "[}",
        "\xEF\xBB\xBF{}", "{\"a\":1", "{\"a\":[1,2", "{\"a\":{\"b\":1}"}) {
    INFO(text);
    CHECK(Refused(text));
  }
  CHECK(Refused(std::string_view("{}\0", 3)));
}

TEST_CASE("JSON that is malformed within is refused", "[aws]") {
  for (const char* text :
       {R"({"a"})",         R"({"a":})",        R"({"a":1,})",    R"({,})",
        R"({,"a":1})",      R"({"a":1 "b":2})", R"({"a":[1 2]})", R"({"a":[1,]})",
        R"({"a":[,1]})",    R"({"a":{]})",      R"({"a":[}})",    R"({"a":[1})",
        R"({"a":[1]]})",    R"({"a":{}"b":1})", R"({"a" 1})",     R"({"a""b":1})",
        R"({"a":"b" "c"})", R"({"a":"b""c"})",  R"({"a":"b"x})",  R"({"a"x:1})",
        R"({"a":x})",       R"({'a':1})",       R"({a:1})",       R"({1:2})",
        R"({"a":1 2})",     R"({"a":"b})"}) {
    INFO(text);
    CHECK(Refused(text));
  }
}

TEST_CASE("JSON values that are none are refused", "[aws]") {
  for (const char* value : {"tru",
                            "truex",
                            "TRUE",
                            "fals",
                            "nul",
                            "nulll",
                            "NaN",
                            "Infinity",
                            "01",
                            "-",
                            "-01",
                            "1.",
                            ".5",
                            "+1",
                            "1x",
                            "1e",
                            "1e+",
                            "0x1",
                            "1e400",
                            "1_000",
                            R"("\x")",
                            R"("\u12")",
                            R"("\ud800")",
                            R"("\udc00")",
                            R"("\ud800\u0041")",
                            "\"\x01\"",
                            "\"\n\"",
                            "\"\xFF\"",
                            "\"\xED\xA0\x80\"",
                            "\"\xC0\x80\""}) {
    INFO(value);
    CHECK(Refused(std::string("{\"a\":") + value + "}"));
    CHECK(Refused(std::string("{\"a\":[") + value + ",1]}"));
  }
}

TEST_CASE("a key that is there twice is refused, also where it is written in two ways", "[aws]") {
  CHECK(Parsed(R"({"a":1,"a":2})") == "error: malformed JSON at byte 13: a key is there twice");
  CHECK(Refused(R"({"a":1,"\u0061":2})"));
  CHECK_FALSE(Refused(R"({"a":{"a":1},"A":2})"));
}

TEST_CASE("what is wrong with JSON is told with its place", "[aws]") {
  CHECK(Parsed("[]") == "error: the body is not one JSON object");
  CHECK(Parsed("{}{}") == "error: malformed JSON at byte 2: there is more after the object");
  CHECK(Parsed(R"({"a":tru})") == "error: malformed JSON at byte 5: neither true nor false");
  CHECK(Parsed("{\"a\":\"\xFF\"}") == "error: malformed JSON: not UTF-8");
}

TEST_CASE("depth of JSON is bounded", "[aws]") {
  const auto nested = [](size_t lists) {
    return "{\"a\":" + std::string(lists, '[') + std::string(lists, ']') + "}";
  };
  CHECK_FALSE(Refused(nested(kDocumentDepthMax - 2)));
  CHECK_FALSE(Refused(nested(kDocumentDepthMax - 1)));
  CHECK(Parsed(nested(kDocumentDepthMax)).ends_with("values are nested more than 32 deep"));
  CHECK(Refused(nested(200'000)));
}

TEST_CASE("the number of JSON values is bounded", "[aws]") {
  const auto many = [](size_t items) {
    std::string text = "{\"a\":[0";
    for (size_t i = 1; i < items; ++i) text += ",0";
    return text + "]}";
  };
  // The object and the list are two.
  CHECK_FALSE(Refused(many(kDocumentNodesMax - 3)));
  CHECK_FALSE(Refused(many(kDocumentNodesMax - 2)));
  CHECK(Parsed(many(kDocumentNodesMax - 1)).ends_with("there are more than 65536 values"));
}

TEST_CASE("JSON that ends early is refused at every byte", "[aws]") {
  const std::string text = R"({"Records":[{"Data":"Zm9v","PartitionKey":"\u00e4"}],"N":1.5e3})";
  CHECK_FALSE(Refused(text));
  for (size_t size = 1; size < text.size(); ++size) {
    INFO(size);
    CHECK(Refused(text.substr(0, size)));
  }
}

TEST_CASE("texts without escapes are not copied", "[aws]") {
  const PaddedBody body(R"({"key":"text"})");
  const absl::StatusOr<Document> document = ParseJson(body.text());
  REQUIRE(document.ok());
  const DocumentEntry& entry = document->root().entries().front();
  CHECK(entry.key.data() == body.text().data() + 2);
  CHECK(entry.value.text().data() == body.text().data() + 8);
}

}  // namespace
}  // namespace penstock::broker
