#include "tests/conformance/aws_cbor.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "broker/aws/cbor_document.h"
#include "broker/aws/document.h"

namespace penstock::conformance {
namespace {

using broker::DocumentEntry;
using broker::DocumentKind;
using broker::DocumentNode;
using broker::MemberShape;
using broker::Shape;
using broker::ShapeKind;
using broker::StructureShape;
using nlohmann::json;

constexpr char kIndefiniteMap = '\xbf';
constexpr char kIndefiniteList = '\x9f';
constexpr char kBreak = '\xff';
constexpr char kTag1 = '\xc1';
constexpr double kMsPerSecond = 1'000;

void AppendPlain(const json& value, std::string* out) {
  json::to_cbor(value, nlohmann::detail::output_adapter<char>(*out));
}

void Append(const Shape* shape, const json& value, std::string* out);

void AppendMembers(const StructureShape* structure, const json& object, std::string* out) {
  out->push_back(kIndefiniteMap);
  for (const auto& [name, value] : object.items()) {
    AppendPlain(name, out);
    const MemberShape* const member = structure == nullptr ? nullptr : structure->Find(name);
    Append(member == nullptr ? nullptr : member->shape, value, out);
  }
  out->push_back(kBreak);
}

void Append(const Shape* shape, const json& value, std::string* out) {
  if (value.is_object()) {
    AppendMembers(shape == nullptr ? nullptr : shape->structure, value, out);
  } else if (value.is_array()) {
    out->push_back(kIndefiniteList);
    for (const json& item : value) Append(shape == nullptr ? nullptr : shape->member, item, out);
    out->push_back(kBreak);
  } else if (shape != nullptr && shape->kind == ShapeKind::kBlob && value.is_string()) {
    std::string bytes;
    REQUIRE(absl::Base64Unescape(value.get<std::string>(), &bytes));
    AppendPlain(json::binary(std::vector<uint8_t>(bytes.begin(), bytes.end())), out);
  } else if (shape != nullptr && shape->kind == ShapeKind::kTimestamp && value.is_number()) {
    out->push_back(kTag1);
    AppendPlain(std::llround(value.get<double>() * kMsPerSecond), out);
  } else {
    AppendPlain(value, out);
  }
}

json InWordsOfJson(const Shape* shape, const DocumentNode& node);

json MapInWordsOfJson(const StructureShape* structure, const DocumentNode& node) {
  json out = json::object();
  for (const DocumentEntry& entry : node.entries()) {
    const MemberShape* const known = structure == nullptr ? nullptr : structure->Find(entry.key);
    out[std::string(entry.key)] =
        InWordsOfJson(known == nullptr ? nullptr : known->shape, entry.value);
  }
  return out;
}

json InWordsOfJson(const Shape* shape, const DocumentNode& node) {
  const bool is_blob = shape != nullptr && shape->kind == ShapeKind::kBlob;
  const bool is_time = shape != nullptr && shape->kind == ShapeKind::kTimestamp;
  // A text would look like base64, a number like seconds.
  CHECK(is_blob == (node.kind() == DocumentKind::kBytes));
  CHECK(is_time == (node.kind() == DocumentKind::kTimestampMs));
  switch (node.kind()) {
    case DocumentKind::kNull:
      return nullptr;
    case DocumentKind::kBoolean:
      return node.boolean();
    case DocumentKind::kInteger:
      return node.integer();
    case DocumentKind::kUnsigned:
      return node.unsigned_integer();
    case DocumentKind::kDouble:
      return node.number();
    case DocumentKind::kText:
      return node.text();
    case DocumentKind::kBytes:
      return absl::Base64Escape(absl::string_view(node.text().data(), node.text().size()));
    case DocumentKind::kTimestampMs:
      return static_cast<double>(node.integer()) / kMsPerSecond;
    case DocumentKind::kList: {
      json items = json::array();
      for (const DocumentNode& item : node.items())
        items.push_back(InWordsOfJson(shape == nullptr ? nullptr : shape->member, item));
      return items;
    }
    case DocumentKind::kMap:
      return MapInWordsOfJson(shape == nullptr ? nullptr : shape->structure, node);
  }
  return nullptr;
}

}  // namespace

std::string EncodeCbor(const StructureShape& shape, const json& document) {
  std::string out;
  AppendMembers(&shape, document, &out);
  return out;
}

json DecodeCbor(const StructureShape* shape, std::string_view body) {
  const auto document = broker::ParseCbor(body);
  INFO(document.status());
  REQUIRE(document.ok());
  REQUIRE(document->root().kind() == DocumentKind::kMap);
  return MapInWordsOfJson(shape, document->root());
}

}  // namespace penstock::conformance
