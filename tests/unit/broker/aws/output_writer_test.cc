#include "broker/aws/output_writer.h"

#include <limits>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "broker/aws/cbor_document.h"
#include "broker/aws/json_document.h"
#include "tests/unit/broker/aws/document_text.h"

namespace penstock::broker {
namespace {

template <typename Write>
std::string Json(Write write) {
  const auto writer = OutputWriter::Make(AwsFormat::kJson);
  write(*writer);
  return writer->Take();
}

template <typename Write>
std::string CborHex(Write write) {
  const auto writer = OutputWriter::Make(AwsFormat::kCbor, 100);
  write(*writer);
  return absl::BytesToHexString(writer->Take());
}

std::string JsonText(std::string_view text) {
  return Json([text](OutputWriter& writer) { writer.Text(text); });
}

std::string CborInteger(int64_t value) {
  return CborHex([value](OutputWriter& writer) { writer.Integer(value); });
}

void WriteNested(OutputWriter& writer) {
  writer.BeginStructure();
  writer.Key("Empty");
  writer.BeginList();
  writer.EndList();
  writer.Key("List");
  writer.BeginList();
  writer.Integer(1);
  writer.BeginStructure();
  writer.EndStructure();
  writer.BeginStructure();
  writer.BooleanMember("A", true);
  writer.BooleanMember("B", false);
  writer.EndStructure();
  writer.EndList();
  writer.EndStructure();
}

TEST_CASE("structures and lists, with commas where they belong", "[aws]") {
  CHECK(Json(WriteNested) == R"({"Empty":[],"List":[1,{},{"A":true,"B":false}]})");
  CHECK(CborHex(WriteNested) == "bf65456d7074799fff644c6973749f01bfffbf6141f56142f4ffffff");
}

TEST_CASE("texts of JSON are escaped where they must be", "[aws]") {
  CHECK(JsonText("") == R"("")");
  CHECK(JsonText("plain /'<>&\x7f") == "\"plain /'<>&\x7f\"");
  CHECK(JsonText("a\"b\\c") == R"("a\"b\\c")");
  CHECK(JsonText("\n\r\t\b") == R"("\n\r\t\u0008")");
  CHECK(JsonText(std::string_view("\0\x1f", 2)) == R"("\u0000\u001f")");
  CHECK(JsonText("\xC3\xA4") == "\"\xC3\xA4\"");
  CHECK(JsonText("a\xFF") == "\"a\xEF\xBF\xBD\"");
}

TEST_CASE("blobs and times of JSON", "[aws]") {
  CHECK(Json([](OutputWriter& writer) { writer.Blob("foob"); }) == R"("Zm9vYg==")");
  CHECK(Json([](OutputWriter& writer) { writer.Blob(""); }) == R"("")");
  const auto time = [](int64_t ms) {
    return Json([ms](OutputWriter& writer) { writer.TimestampMs(ms); });
  };
  CHECK(time(1441215410867) == "1441215410.867");
  CHECK(time(1441215410007) == "1441215410.007");
  CHECK(time(0) == "0.000");
  CHECK(time(-1) == "-0.001");
  CHECK(time(-1500) == "-1.500");
  CHECK(time(std::numeric_limits<int64_t>::min()) == "-9223372036854775.808");
}

TEST_CASE("integers of CBOR are as short as they can be", "[aws]") {
  CHECK(CborInteger(0) == "00");
  CHECK(CborInteger(23) == "17");
  CHECK(CborInteger(24) == "1818");
  CHECK(CborInteger(255) == "18ff");
  CHECK(CborInteger(256) == "190100");
  CHECK(CborInteger(65535) == "19ffff");
  CHECK(CborInteger(65536) == "1a00010000");
  CHECK(CborInteger(4294967295) == "1affffffff");
  CHECK(CborInteger(4294967296) == "1b0000000100000000");
  CHECK(CborInteger(std::numeric_limits<int64_t>::max()) == "1b7fffffffffffffff");
  CHECK(CborInteger(-1) == "20");
  CHECK(CborInteger(-24) == "37");
  CHECK(CborInteger(-25) == "3818");
  CHECK(CborInteger(std::numeric_limits<int64_t>::min()) == "3b7fffffffffffffff");
}

TEST_CASE("blobs, texts and times of CBOR", "[aws]") {
  CHECK(CborHex([](OutputWriter& writer) { writer.Blob("foo"); }) == "43666f6f");
  CHECK(CborHex([](OutputWriter& writer) { writer.Text("foo"); }) == "63666f6f");
  CHECK(CborHex([](OutputWriter& writer) { writer.Text("\xFF"); }) == "63efbfbd");
  CHECK(CborHex([](OutputWriter& writer) { writer.TimestampMs(1441374811315); }) ==
        "c11b0000014f98a234b3");
  CHECK(CborHex([](OutputWriter& writer) { writer.TimestampMs(-1); }) == "c120");
}

TEST_CASE("what is written can be parsed, whatever the texts", "[aws]") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const auto write = [&all](OutputWriter& writer) {
    writer.BeginStructure();
    writer.TextMember("T\n\"", all);
    writer.BlobMember("B", all);
    writer.IntegerMember("I", std::numeric_limits<int64_t>::min());
    writer.EndStructure();
  };
  const PaddedBody json(Json(write));
  const absl::StatusOr<Document> from_json = ParseJson(json.text());
  REQUIRE(from_json.ok());
  const std::string cbor = absl::HexStringToBytes(CborHex(write));
  const absl::StatusOr<Document> from_cbor = ParseCbor(cbor);
  REQUIRE(from_cbor.ok());
  const auto json_entries = from_json->root().entries();
  const auto cbor_entries = from_cbor->root().entries();
  CHECK(json_entries[0].key == "T\n\"");
  CHECK(json_entries[0].value.text() == cbor_entries[0].value.text());
  CHECK(json_entries[0].value.text().starts_with(all.substr(0, 128)));
  CHECK(cbor_entries[1].value.text() == all);
  CHECK(json_entries[2].value.integer() == cbor_entries[2].value.integer());
}

TEST_CASE("a writer is empty after its answer was taken", "[aws]") {
  for (const AwsFormat format : {AwsFormat::kJson, AwsFormat::kCbor}) {
    const auto writer = OutputWriter::Make(format);
    WriteNested(*writer);
    const std::string first = writer->Take();
    WriteNested(*writer);
    CHECK(writer->Take() == first);
  }
}

}  // namespace
}  // namespace penstock::broker
