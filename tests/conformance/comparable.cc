#include "tests/conformance/comparable.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "broker/kinesis/sequence_text.h"
#include "common/error.h"

namespace penstock::conformance {
namespace {

using broker::MemberShape;
using broker::Shape;
using broker::ShapeKind;
using broker::StructureShape;
using nlohmann::json;

constexpr double kMsPerSecond = 1'000;

// Structures whose members stand one level higher behind another door.
constexpr std::array<std::string_view, 8> kNested = {"consumer",
                                                     "consumerdescription",
                                                     "enhancedmonitoring",
                                                     "streamdescription",
                                                     "streamdescriptionsummary",
                                                     "streammodedetails",
                                                     "summary",
                                                     "minimumthroughputbillingcommitment"};
// Of no meaning to anybody but the broker.
constexpr std::array<std::string_view, 3> kTokens = {"nexttoken", "sharditerator",
                                                     "nextsharditerator"};
constexpr std::array<std::string_view, 3> kArns = {"StreamARN", "ConsumerARN", "ResourceARN"};

template <size_t kSize>
bool Has(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Plain(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

std::string PlainField(std::string_view name) {
  if (name.ends_with("_ms")) name.remove_suffix(3);
  return Plain(name);
}

const StructureShape* StructureOf(const Shape& shape) {
  return shape.kind == ShapeKind::kList ? shape.member->structure : shape.structure;
}

bool IsEmpty(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  const bool is_container = value.is_object() || value.is_array();
  return value.is_null() || (is_container && value.empty());
}

void Put(const std::string& name, json value, json* out) {
  if (IsEmpty(value)) return;
  // Over gRPC a record that is not encrypted does not say so; StreamId is never told on the AWS wire.
  if (name == "streamid" || (name == "encryptiontype" && value == "none")) return;
  (*out)[name] = Has(kTokens, name) ? json("<token>") : std::move(value);
}

// Of a record that was not stored there is nothing but why; the words differ.
void KeepErrorCodeAlone(json* structure) {
  const auto code = structure->find("errorcode");
  if (code != structure->end()) *structure = json{{"errorcode", *code}};
}

json AwsStructure(const StructureShape& shape, const json& value);

json AwsText(const Shape& shape, const json& value) {
  REQUIRE(value.is_string());
  const std::string text = value;
  INFO(shape.name << " " << text);
  if (!shape.values.empty()) {
    CHECK(std::find(shape.values.begin(), shape.values.end(), text) != shape.values.end());
    return Plain(text);
  }
  CHECK((shape.matches == nullptr || shape.matches(text)));
  if (shape.name != "SequenceNumber") return text;
  const auto placed = broker::ParseSequenceNumber("SequenceNumber", text);
  REQUIRE(placed.ok());
  return std::to_string(placed->number.value());
}

json AwsValue(const Shape& shape, const json& value) {
  switch (shape.kind) {
    case ShapeKind::kStructure:
      return AwsStructure(*shape.structure, value);
    case ShapeKind::kList: {
      REQUIRE(value.is_array());
      json items = json::array();
      for (const json& item : value) items.push_back(AwsValue(*shape.member, item));
      return items;
    }
    case ShapeKind::kString:
      return AwsText(shape, value);
    case ShapeKind::kBlob:
      REQUIRE(value.is_string());
      return value;
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      REQUIRE(value.is_number_integer());
      return value.dump();
    case ShapeKind::kBoolean:
      REQUIRE(value.is_boolean());
      return value;
    case ShapeKind::kTimestamp:
      REQUIRE(value.is_number());
      return std::to_string(std::llround(value.get<double>() * kMsPerSecond));
    case ShapeKind::kMap:
      break;
  }
  FAIL("no answer of Kinesis has a map");
  return {};
}

json AwsStructure(const StructureShape& shape, const json& value) {
  REQUIRE(value.is_object());
  for (const MemberShape& member : shape.members) {
    INFO(shape.name << "." << member.name << " in " << value);
    // At the end of a shard there is none, whatever the model says: KCL takes the lack for it.
    const bool may_lack = member.name == "ContinuationSequenceNumber";
    CHECK((!member.required || may_lack || value.contains(member.name)));
  }
  json out = json::object();
  for (const auto& [name, given] : value.items()) {
    INFO(shape.name << "." << name);
    const MemberShape* const member = shape.Find(name);
    REQUIRE(member != nullptr);
    json plain = AwsValue(*member->shape, given);
    // On the AWS wire it is the number before the first record's.
    if (name == "StartingSequenceNumber") {
      plain = std::to_string(std::stoull(plain.get<std::string>()) + 1);
    }
    if (Has(kArns, member->shape->name) || member->shape->name == "ErrorMessage") continue;
    if (!Has(kNested, Plain(name))) {
      Put(Plain(name), plain, &out);
    } else if (plain.is_array()) {
      for (const json& item : plain) out.update(item);
    } else {
      out.update(plain);
    }
  }
  KeepErrorCodeAlone(&out);
  return out;
}

// What AwsStructure gives of `shape`, and of what.
std::map<std::string, const Shape*> MembersOf(const StructureShape& shape) {
  std::map<std::string, const Shape*> members;
  for (const MemberShape& member : shape.members) {
    if (Has(kNested, Plain(member.name))) {
      members.merge(MembersOf(*StructureOf(*member.shape)));
    } else {
      members[Plain(member.name)] = member.shape;
    }
  }
  return members;
}

json Flat(const json& message) {
  json flat = json::object();
  for (const auto& [name, value] : message.items()) {
    if (Has(kNested, PlainField(name))) {
      flat.update(Flat(value));
    } else {
      flat[PlainField(name)] = value;
    }
  }
  return flat;
}

json GrpcText(const Shape& shape, const std::string& text) {
  if (shape.name == "ErrorCode" && !text.empty()) {
    const auto reason = ParseErrorReason(text);
    REQUIRE(reason.has_value());
    return std::string(TraitsOf(*reason).kinesis_name) + "Exception";
  }
  if (shape.values.empty()) return text;
  return text == "UNSPECIFIED" ? "" : Plain(text);
}

json GrpcValue(const Shape& shape, const json& value) {
  if (value.is_object()) return ComparableOfGrpc(*shape.structure, value);
  if (value.is_array()) {
    json items = json::array();
    for (const json& item : value) items.push_back(GrpcValue(*shape.member, item));
    return items;
  }
  if (value.is_string()) return GrpcText(shape, value);
  if (value.is_number()) return value.dump();
  return value;
}

}  // namespace

json ComparableOfAws(const StructureShape& shape, const json& output) {
  return AwsStructure(shape, output);
}

json ComparableOfGrpc(const StructureShape& shape, const json& output) {
  const std::map<std::string, const Shape*> members = MembersOf(shape);
  const json flat = Flat(output);
  json out = json::object();
  for (const auto& [name, value] : flat.items()) {
    const auto member = members.find(name);
    if (member != members.end()) Put(name, GrpcValue(*member->second, value), &out);
  }
  KeepErrorCodeAlone(&out);
  return out;
}

}  // namespace penstock::conformance
