#include "broker/aws/cbor_document.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "broker/aws/aws_error.h"
#include "tests/unit/broker/aws/document_text.h"

namespace penstock::broker {
namespace {

// What a body, given in hexadecimal digits, is as a document, or the error.
std::string Parsed(const std::string& hex) {
  const std::string body = absl::HexStringToBytes(hex);
  const absl::StatusOr<Document> document = ParseCbor(body);
  if (document.ok()) {
    CHECK(document->format() == AwsFormat::kCbor);
    return TextOf(document->root());
  }
  const AwsError error = AwsErrorOf(document.status());
  CHECK(error.type == "SerializationException");
  return "error: " + error.message;
}

// The same of one value, which stands in a map and in a list.
std::string ParsedValue(const std::string& hex) {
  std::string text = Parsed("a16161" + hex);
  if (text.starts_with("error: ")) {
    CHECK(Parsed("bf61619f" + hex + "ffff").starts_with("error: "));
    return text;
  }
  const std::string value = text.substr(4, text.size() - 5);
  CHECK(Parsed("bf61619f" + hex + "ffff") == "{a: [" + value + "]}");
  return value;
}

TEST_CASE("CBOR of every kind", "[aws]") {
  CHECK(Parsed("") == "{}");
  CHECK(Parsed("a0") == "{}");
  CHECK(Parsed("bfff") == "{}");
  const std::vector<std::pair<std::string, std::string>> values = {
      {"00", "0"},
      {"17", "23"},
      {"1818", "24"},
      {"190100", "256"},
      {"1a00010000", "65536"},
      {"1b7fffffffffffffff", "9223372036854775807"},
      {"1b8000000000000000", "9223372036854775808u"},
      {"1bffffffffffffffff", "18446744073709551615u"},
      {"20", "-1"},
      {"3903e7", "-1000"},
      {"3b7fffffffffffffff", "-9223372036854775808"},
      {"f4", "false"},
      {"f5", "true"},
      {"f6", "null"},
      {"f7", "null"},
      {"60", "\"\""},
      {"6161", "\"a\""},
      {"62c3a4", "\"\xC3\xA4\""},
      {"40", "h''"},
      {"4200ff", "h'00ff'"},
      {"80", "[]"},
      {"83010203", "[1, 2, 3]"},
      {"9f01820203ff", "[1, [2, 3]]"},
      {"a2616101616202", "{a: 1, b: 2}"},
      {"bf6161016162bfffff", "{a: 1, b: {}}"},
      {"5803010203", "h'010203'"},
      {"590003010203", "h'010203'"},
      {"5a00000003010203", "h'010203'"},
      {"5b0000000000000003010203", "h'010203'"},
  };
  for (const auto& [hex, text] : values) {
    INFO(hex);
    CHECK(ParsedValue(hex) == text);
  }
}

TEST_CASE("strings of CBOR in chunks", "[aws]") {
  CHECK(ParsedValue("7f61616162ff") == "\"ab\"");
  CHECK(ParsedValue("7f60ff") == "\"\"");
  CHECK(ParsedValue("7fff") == "\"\"");
  CHECK(ParsedValue("5f41004101ff") == "h'0001'");
  CHECK(ParsedValue("5fff") == "h''");
  CHECK(Parsed("bf7f61616162ff01ff") == "{ab: 1}");
  CHECK(ParsedValue("7f4161ff").ends_with("a chunk of another type than its string"));
  CHECK(ParsedValue("5f6161ff").ends_with("a chunk of another type than its string"));
  CHECK(ParsedValue("7f7f6161ffff").ends_with("a chunk of another type than its string"));
  // Half of a character is no text, even if the other half follows.
  CHECK(ParsedValue("7f61c361a4ff").ends_with("not UTF-8"));
}

TEST_CASE("floats of CBOR", "[aws]") {
  CHECK(ParsedValue("f90000") == "0d");
  CHECK(ParsedValue("f93c00") == "1d");
  CHECK(ParsedValue("f9c400") == "-4d");
  CHECK(ParsedValue("f97bff") == "65504d");
  CHECK(ParsedValue("f90001") == "5.96046e-08d");
  CHECK(ParsedValue("f90400") == "6.10352e-05d");
  CHECK(ParsedValue("f97c00") == "infd");
  CHECK(ParsedValue("f9fc00") == "-infd");
  CHECK(ParsedValue("f97e00") == "nand");
  CHECK(ParsedValue("fa47c35000") == "100000d");
  CHECK(ParsedValue("fb3ff199999999999a") == "1.1d");
}

TEST_CASE("tag 1 is a time in milliseconds, a float in seconds", "[aws]") {
  CHECK(ParsedValue("c11b0000014f98a234b3") == "time(1441374811315)");
  CHECK(ParsedValue("c120") == "time(-1)");
  CHECK(ParsedValue("c1f93e00") == "time(1500)");
  CHECK(ParsedValue("c1fb41d57a6896d428f6") == "time(1441374811315)");
  CHECK(ParsedValue("d80105") == "time(5)");
  CHECK(ParsedValue("c1f97e00").ends_with("a time out of range"));
  CHECK(ParsedValue("c1f97c00").ends_with("a time out of range"));
  CHECK(ParsedValue("c1fb7e37e43c8800759c").ends_with("a time out of range"));
  CHECK(ParsedValue("c11b8000000000000000").ends_with("a time out of range"));
  CHECK(ParsedValue("c13b8000000000000000").ends_with("an integer below -2^63"));
  for (const char* value : {"6161", "4161", "80", "a0", "f5", "f6"}) {
    CHECK(ParsedValue(std::string("c1") + value).ends_with("a time (tag 1) that is not a number"));
  }
}

TEST_CASE("of other tags the content is taken", "[aws]") {
  CHECK(ParsedValue("c06161") == "\"a\"");
  CHECK(ParsedValue("c2420100") == "h'0100'");
  CHECK(ParsedValue("d9d9f705") == "5");
  CHECK(ParsedValue("c2c105") == "time(5)");
  CHECK(ParsedValue("c1c205") == "5");
  CHECK(Parsed("d9d9f7a0") == "{}");
  std::string tags;
  for (size_t i = 0; i < kDocumentDepthMax; ++i) tags += "c2";
  CHECK(ParsedValue(tags + "05") == "5");
  CHECK(ParsedValue(tags + "c205").ends_with("more than 32 tags"));
}

TEST_CASE("malformed CBOR is refused, with what and where", "[aws]") {
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"00", "byte 0: the body is not a map"},
      {"80", "byte 0: the body is not a map"},
      {"6161", "byte 0: the body is not a map"},
      {"f6", "byte 0: the body is not a map"},
      {"ff", "byte 0: a break where none is due"},
      {"a000", "byte 1: there is more after the map"},
      {"a1", "byte 0: a container longer than what is left"},
      {"a161", "byte 1: a string longer than what is left"},
      {"a16161", "byte 0: a container longer than what is left"},
      {"bf", "byte 1: it ends too early"},
      {"bf6161", "byte 3: it ends too early"},
      {"bf6161ff", "byte 3: a break where none is due"},
      {"bf616101", "byte 4: it ends too early"},
      {"a1616118", "byte 3: it ends too early"},
      {"a161611900", "byte 3: it ends too early"},
      {"a10102", "byte 1: a key is not a text"},
      {"a1416102", "byte 1: a key is not a text"},
      {"a1c1616102", "byte 1: a key is not a text"},
      {"a16161ff", "byte 3: a break where none is due"},
      {"a1616181ff", "byte 4: a break where none is due"},
      {"a161611c", "byte 3: a reserved length"},
      {"a161615d", "byte 3: a reserved length"},
      {"a161611f", "byte 3: no length may be indefinite here"},
      {"a161613f", "byte 3: no length may be indefinite here"},
      {"a16161df", "byte 3: no length may be indefinite here"},
      {"a16161e0", "byte 3: an unknown simple value"},
      {"a16161f3", "byte 3: an unknown simple value"},
      {"a16161f8ff", "byte 3: an unknown simple value"},
      {"a161613bffffffffffffffff", "byte 3: an integer below -2^63"},
      {"a1616161ff", "byte 3: not UTF-8"},
      {"a161ff01", "byte 1: not UTF-8"},
      {"a16161c1", "byte 4: it ends too early"},
      {"a2616101616102", "byte 7: a key is there twice"},
      {"bf616101616102ff", "byte 8: a key is there twice"},
  };
  for (const auto& [hex, error] : bodies) {
    INFO(hex);
    const std::string parsed = Parsed(hex);
    INFO(parsed);
    CHECK((parsed == "error: malformed CBOR at " + error || hex.size() <= 6));
    CHECK(parsed.starts_with("error: malformed CBOR at byte "));
  }
}

TEST_CASE("lengths that the body does not have are refused before anything is set aside", "[aws]") {
  for (const char* head : {"5b", "7b", "9b", "bb"}) {
    for (const char* length : {"ffffffffffffffff", "7fffffffffffffff", "0000000100000000"}) {
      INFO(head << length);
      CHECK(ParsedValue(std::string(head) + length + "00").ends_with("longer than what is left"));
    }
  }
  CHECK(Parsed("bbffffffffffffffff").ends_with("a container longer than what is left"));
  CHECK(ParsedValue("5f5bffffffffffffffff00ff").ends_with("a string longer than what is left"));
}

TEST_CASE("depth of CBOR is bounded", "[aws]") {
  const auto nested = [](size_t depth, bool indefinite) {
    std::string hex = "a16161";
    for (size_t i = 1; i < depth; ++i) hex += indefinite ? "9f" : "81";
    hex += "00";
    for (size_t i = 1; i < depth && indefinite; ++i) hex += "ff";
    return Parsed(hex);
  };
  for (const bool indefinite : {false, true}) {
    CHECK(nested(kDocumentDepthMax - 1, indefinite).starts_with("{a: ["));
    CHECK(nested(kDocumentDepthMax, indefinite).starts_with("{a: ["));
    CHECK(nested(kDocumentDepthMax + 1, indefinite).ends_with("nested more than 32 deep"));
    CHECK(nested(100'000, indefinite).ends_with("nested more than 32 deep"));
  }
}

TEST_CASE("the number of CBOR values is bounded", "[aws]") {
  const auto many = [](size_t items) {
    std::string hex = "a161619f";
    for (size_t i = 0; i < items; ++i) hex += "00";
    return Parsed(hex + "ff");
  };
  CHECK(many(kDocumentNodesMax - 2).starts_with("{a: ["));
  CHECK(many(kDocumentNodesMax - 1).ends_with("there are more than 65536 values"));
}

TEST_CASE("CBOR that ends early is refused at every byte", "[aws]") {
  // {_ "Records": [_ {"Data": h'666f6f', "Key": (_ "a", "b")}], "At": 1(5), "N": 1.5}
  const std::string hex =
      "bf675265636f7264739fa2644461746143666f6f634b65797f61616162ffff624174c105614ef93e00ff";
  CHECK(Parsed(hex) == R"({Records: [{Data: h'666f6f', Key: "ab"}], At: time(5), N: 1.5d})");
  for (size_t size = 2; size < hex.size(); size += 2) {
    INFO(size / 2);
    CHECK(Parsed(hex.substr(0, size)).starts_with("error: "));
  }
}

TEST_CASE("strings of definite length are not copied", "[aws]") {
  const std::string body = absl::HexStringToBytes("a1616143666f6f");
  const absl::StatusOr<Document> document = ParseCbor(body);
  REQUIRE(document.ok());
  const DocumentEntry& entry = document->root().entries().front();
  CHECK(entry.key.data() == body.data() + 2);
  CHECK(entry.value.text().data() == body.data() + 4);
}

}  // namespace
}  // namespace penstock::broker
