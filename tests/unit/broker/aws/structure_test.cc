#include "broker/aws/structure.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "broker/aws/output_writer.h"
#include "tests/unit/broker/aws/test_model.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kFull =
    R"({"Text":"t\n","Short":"ab","Lower":"abc","Colour":"GREEN","Data":"YWJj","Count":7,)"
    R"("Integer":-5,"Long":1234567890123,"Truth":true,"Time":1441215410.867,)"
    R"("Texts":["ab","cd"],"Tags":{"k1":"v1","k2":"v2"},"Entry":{"Data":"YQ==","Key":"in"},)"
    R"("Entries":[{"Data":"Yg==","Key":"e1"},{"Data":"Yw==","Key":"e2"}]})";

// The same as kFull, by the writer of either format.
std::string Written(AwsFormat format) {
  const auto writer = OutputWriter::Make(format);
  writer->BeginStructure();
  writer->TextMember("Text", "t\n");
  writer->TextMember("Short", "ab");
  writer->TextMember("Lower", "abc");
  writer->TextMember("Colour", "GREEN");
  writer->BlobMember("Data", "abc");
  writer->IntegerMember("Count", 7);
  writer->IntegerMember("Integer", -5);
  writer->IntegerMember("Long", 1234567890123);
  writer->BooleanMember("Truth", true);
  writer->TimestampMember("Time", 1441215410867);
  writer->Key("Texts");
  writer->BeginList();
  writer->Text("ab");
  writer->Text("cd");
  writer->EndList();
  writer->Key("Tags");
  writer->BeginStructure();
  writer->TextMember("k1", "v1");
  writer->TextMember("k2", "v2");
  writer->EndStructure();
  const auto entry = [&writer](std::string_view data, std::string_view key) {
    writer->BeginStructure();
    writer->BlobMember("Data", data);
    writer->TextMember("Key", key);
    writer->EndStructure();
  };
  writer->Key("Entry");
  entry("a", "in");
  writer->Key("Entries");
  writer->BeginList();
  entry("b", "e1");
  entry("c", "e2");
  writer->EndList();
  writer->EndStructure();
  return writer->Take();
}

void CheckFull(const Structure& input) {
  CHECK(input.Text("Text") == "t\n");
  CHECK(input.Text("Short") == "ab");
  CHECK(input.Text("Colour") == "GREEN");
  CHECK(input.Blob("Data") == "abc");
  CHECK(input.Integer("Count") == 7);
  CHECK(input.Integer("Integer") == -5);
  CHECK(input.Integer("Long") == 1234567890123);
  CHECK(input.Boolean("Truth") == true);
  CHECK(input.TimestampMs("Time") == 1441215410867);
  CHECK(input.Texts("Texts") == std::vector<std::string_view>{"ab", "cd"});
  const std::vector<std::pair<std::string_view, std::string_view>> tags = {{"k1", "v1"},
                                                                           {"k2", "v2"}};
  CHECK(input.Map("Tags") == tags);
  REQUIRE(input.Child("Entry").has_value());
  CHECK(input.Child("Entry")->Text("Key") == "in");
  CHECK(input.Child("Entry")->Blob("Data") == "a");
  const std::vector<Structure> entries = input.Structures("Entries");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].Text("Key") == "e1");
  CHECK(entries[1].Text("Key") == "e2");
  CHECK(entries[1].Blob("Data") == "c");
  CHECK(entries[1].shape().name == "Entry");
  for (const MemberShape& member : test_model::kInputMembers) CHECK(input.Has(member.name));
}

TEST_CASE("every member of JSON can be read", "[aws]") {
  const PaddedBody body(kFull);
  absl::StatusOr<Document> document = ParseJson(body.text());
  REQUIRE(document.ok());
  absl::StatusOr<AwsInput> input = BindInput(test_model::kInput, *std::move(document));
  REQUIRE(input.ok());
  CheckFull(input->root());
  const AwsInput moved = *std::move(input);
  CheckFull(moved.root());
}

TEST_CASE("JSON and CBOR of the same input bind to the same", "[aws]") {
  const std::string json = Written(AwsFormat::kJson);
  CHECK(json == kFull);
  const std::string cbor = Written(AwsFormat::kCbor);
  absl::StatusOr<Document> document = ParseCbor(cbor);
  REQUIRE(document.ok());
  const absl::StatusOr<AwsInput> input = BindInput(test_model::kInput, *std::move(document));
  REQUIRE(input.ok());
  CheckFull(input->root());
}

TEST_CASE("what is absent is empty", "[aws]") {
  const absl::StatusOr<AwsInput> bound = BindInput(test_model::kInput, Document());
  REQUIRE(bound.ok());
  const Structure& input = bound->root();
  for (const MemberShape& member : test_model::kInputMembers) CHECK_FALSE(input.Has(member.name));
  CHECK(input.Text("Text").empty());
  CHECK(input.Blob("Data").empty());
  CHECK_FALSE(input.Integer("Count").has_value());
  CHECK_FALSE(input.Boolean("Truth").has_value());
  CHECK_FALSE(input.TimestampMs("Time").has_value());
  CHECK_FALSE(input.Child("Entry").has_value());
  CHECK(input.Structures("Entries").empty());
  CHECK(input.Texts("Texts").empty());
  CHECK(input.Map("Tags").empty());
}

int64_t JsonTime(const std::string& number) {
  const PaddedBody body("{\"Time\":" + number + "}");
  absl::StatusOr<AwsInput> input = BindInput(test_model::kInput, *ParseJson(body.text()));
  REQUIRE(input.ok());
  return *input->root().TimestampMs("Time");
}

int64_t CborTime(const std::string& hex) {
  const std::string body = absl::HexStringToBytes("a16454696d65" + hex);
  absl::StatusOr<AwsInput> input = BindInput(test_model::kInput, *ParseCbor(body));
  REQUIRE(input.ok());
  return *input->root().TimestampMs("Time");
}

TEST_CASE("times of JSON are seconds", "[aws]") {
  CHECK(JsonTime("1441215410") == 1441215410000);
  CHECK(JsonTime("1.441215410867E9") == 1441215410867);
  CHECK(JsonTime("1441215410.8675") == 1441215410868);
  CHECK(JsonTime("0") == 0);
  CHECK(JsonTime("-1.5") == -1500);
}

TEST_CASE("times of CBOR are milliseconds, but for floats", "[aws]") {
  CHECK(CborTime("c11b0000014f98a234b3") == 1441374811315);
  CHECK(CborTime("1b0000014f98a234b3") == 1441374811315);
  CHECK(CborTime("fb3ff8000000000000") == 1500);
  CHECK(CborTime("c1fb3ff8000000000000") == 1500);
}

TEST_CASE("an integer that is written as a decimal loses its fraction", "[aws]") {
  const PaddedBody body(R"({"Count":1E1,"Integer":-1.9,"Long":1.5})");
  absl::StatusOr<AwsInput> input = BindInput(test_model::kInput, *ParseJson(body.text()));
  REQUIRE(input.ok());
  CHECK(input->root().Integer("Count") == 10);
  CHECK(input->root().Integer("Integer") == -1);
  CHECK(input->root().Integer("Long") == 1);
}

}  // namespace
}  // namespace penstock::broker
