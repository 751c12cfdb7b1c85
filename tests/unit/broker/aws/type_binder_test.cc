#include "broker/aws/type_binder.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/aws/test_model.h"

namespace penstock::broker {
namespace {

using test_model::BindCbor;
using test_model::BindJson;

std::string Bind(const std::string& member, const std::string& value) {
  return BindJson("{\"" + member + "\":" + value + "}");
}

std::string Mistyped(const std::string& what) {
  return "SerializationException: " + what;
}

TEST_CASE("null is absent, unknown members are passed over", "[aws]") {
  CHECK(BindJson("{}") == "OK");
  CHECK(BindJson(R"({"Nobody":[1,{"knows":null}],"text":5})") == "OK");
  for (const MemberShape& member : test_model::kInputMembers) {
    CHECK(Bind(std::string(member.name), "null") == "OK");
  }
}

TEST_CASE("a value of the wrong type is told in the words of AWS", "[aws]") {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"Text", "an String"}, {"Data", "a Blob"},      {"Count", "an Integer"},
      {"Long", "an Long"},   {"Truth", "an Boolean"}, {"Time", "a Timestamp"}};
  for (const auto& [member, type] : types) {
    INFO(member);
    const std::string cannot = " can not be converted to " + type;
    CHECK(Bind(member, "[]") == Mistyped("Start of list found where not expected"));
    CHECK(Bind(member, "{}") == Mistyped("Start of structure or map found where not expected."));
    if (member != "Truth") {
      CHECK(Bind(member, "true") == Mistyped("class java.lang.Boolean" + cannot));
    }
    if (member == "Text" || member == "Data" || member == "Truth") {
      CHECK(Bind(member, "1") == Mistyped("class java.math.BigDecimal" + cannot));
      CHECK(Bind(member, "1.5") == Mistyped("class java.math.BigDecimal" + cannot));
    }
    if (member == "Count" || member == "Long" || member == "Time") {
      CHECK(Bind(member, R"("x")") == Mistyped("class java.lang.String" + cannot));
    }
  }
  CHECK(Bind("Truth", R"("yes")") == Mistyped("'YES' can not be converted to an Boolean"));
}

TEST_CASE("a container of the wrong type is told in the words of AWS", "[aws]") {
  for (const char* plain : {"1", "1.5", "true", R"("x")"}) {
    CHECK(Bind("Texts", plain) == Mistyped("Expected list or null"));
    CHECK(Bind("Tags", plain) == Mistyped("Expected map or null"));
    CHECK(Bind("Entry", plain) == Mistyped("Expected null"));
  }
  CHECK(Bind("Texts", "{}") == Mistyped("Start of structure or map found where not expected."));
  CHECK(Bind("Tags", "[]") == Mistyped("Start of list found where not expected"));
  CHECK(Bind("Entry", "[]") == Mistyped("Start of list found where not expected"));
  CHECK(Bind("Entries", "[[]]") == Mistyped("Start of list found where not expected"));
  CHECK(Bind("Texts", "[1]") ==
        Mistyped("class java.math.BigDecimal can not be converted to an String"));
  CHECK(Bind("Tags", R"({"ab":1})") ==
        Mistyped("class java.math.BigDecimal can not be converted to an String"));
}

TEST_CASE("a blob of JSON is base64", "[aws]") {
  CHECK(Bind("Data", R"("Zg==")") == "OK");
  CHECK(Bind("Data", R"("Zg=")") ==
        Mistyped("'Zg=' can not be converted to a Blob: "
                 "Base64 encoded length is expected a multiple of 4 bytes but found: 3"));
  CHECK(Bind("Data", R"("Z!==")") ==
        Mistyped("'Z!==' can not be converted to a Blob: Invalid Base64 character: '!'"));
  const std::string shown(256, 'A');
  CHECK(Bind("Data", "\"" + shown + "A\"")
            .starts_with("SerializationException: '" + shown + "...' can not"));
}

TEST_CASE("types come before constraints", "[aws]") {
  CHECK(BindJson(R"({"Count":0,"Texts":5})") == Mistyped("Expected list or null"));
}

TEST_CASE("numbers that no integer can be are refused", "[aws]") {
  CHECK(Bind("Long", "9223372036854775807") == "OK");
  CHECK(Bind("Long", "-9223372036854775808") == "OK");
  CHECK(Bind("Long", "1e18") == "OK");
  for (const char* number : {"9223372036854775808", "1e19", "-1e19", "18446744073709551616"}) {
    CHECK(Bind("Long", number) ==
          Mistyped("a number out of range can not be converted to an Long"));
  }
  CHECK(Bind("Time", "9e15") == "OK");
  CHECK(Bind("Time", "-9e15") == "OK");
  for (const char* number : {"9.1e15", "-9.1e15", "9223372036854775807", "18446744073709551615"}) {
    CHECK(Bind("Time", number) ==
          Mistyped("a number out of range can not be converted to a Timestamp"));
  }
}

TEST_CASE("CBOR has blobs and times of its own", "[aws]") {
  const auto bind = [](const std::string& hex) { return BindCbor(absl::HexStringToBytes(hex)); };
  const std::string data = "a16444617461";
  const std::string time = "a16454696d65";
  CHECK(bind(data + "4161") == "OK");
  CHECK(bind(data + "645a673d3d") ==
        Mistyped("class java.lang.String can not be converted to a Blob"));
  CHECK(bind(time + "c105") == "OK");
  CHECK(bind(time + "05") == "OK");
  CHECK(bind(time + "f93e00") == "OK");
  CHECK(bind(time + "f97e00") ==
        Mistyped("a number out of range can not be converted to a Timestamp"));
  CHECK(bind("a16454657874"
             "4161") == Mistyped("class java.nio.ByteBuffer can not be converted to an String"));
  CHECK(bind("a165436f756e74"
             "c105") == Mistyped("class java.util.Date can not be converted to an Integer"));
  CHECK(bind("a165436f756e74"
             "f97e00") == Mistyped("a number out of range can not be converted to an Integer"));
}

}  // namespace
}  // namespace penstock::broker
