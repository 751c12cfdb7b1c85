// BindInput over any body in either format, for every operation of Kinesis: the first byte chooses
// the operation, the second the format, the rest is the body. What is bound keeps the constraints
// of its shape, and every member can be read.
#include <string_view>

#include "broker/aws/aws_error.h"
#include "broker/aws/cbor_document.h"
#include "broker/aws/json_document.h"
#include "broker/aws/structure.h"
#include "broker/aws/utf8.h"
#include "broker/kinesis/kinesis_model.h"
#include "common/check.h"
#include "tests/fuzz/fuzz_input.h"

namespace penstock::fuzz {
namespace {

using broker::Shape;
using broker::ShapeKind;
using broker::Structure;

// No error is longer: ten values that are cut, their paths and patterns.
constexpr size_t kMessageBytesMax = 128 * 1024;

void CheckSize(const Shape& shape, size_t size) {
  CHECK(!shape.min || size >= static_cast<uint64_t>(*shape.min));
  CHECK(!shape.max || size <= static_cast<uint64_t>(*shape.max));
}

void CheckText(const Shape& shape, std::string_view text) {
  CHECK(broker::IsUtf8(text));
  CheckSize(shape, broker::CharactersOf(text));
  CHECK(shape.matches == nullptr || shape.matches(text));
}

void CheckStructure(const Structure& structure);

void CheckList(const Structure& structure, const broker::MemberShape& member) {
  const Shape& item = *member.shape->member;
  if (item.kind == ShapeKind::kStructure) {
    const auto children = structure.Structures(member.name);
    CheckSize(*member.shape, children.size());
    for (const Structure& child : children) CheckStructure(child);
    return;
  }
  const auto texts = structure.Texts(member.name);
  CheckSize(*member.shape, texts.size());
  for (const std::string_view text : texts) CheckText(item, text);
}

void CheckMember(const Structure& structure, const broker::MemberShape& member) {
  const Shape& shape = *member.shape;
  switch (shape.kind) {
    case ShapeKind::kStructure:
      return CheckStructure(*structure.Child(member.name));
    case ShapeKind::kList:
      return CheckList(structure, member);
    case ShapeKind::kMap: {
      const auto entries = structure.Map(member.name);
      CheckSize(shape, entries.size());
      for (const auto& [key, value] : entries) {
        CheckText(*shape.key, key);
        CheckText(*shape.member, value);
      }
      return;
    }
    case ShapeKind::kString:
      return CheckText(shape, structure.Text(member.name));
    case ShapeKind::kBlob:
      return CheckSize(shape, structure.Blob(member.name).size());
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      CHECK(!shape.min || *structure.Integer(member.name) >= *shape.min);
      CHECK(!shape.max || *structure.Integer(member.name) <= *shape.max);
      return;
    case ShapeKind::kBoolean:
      CHECK(structure.Boolean(member.name).has_value());
      return;
    case ShapeKind::kTimestamp:
      CHECK(structure.TimestampMs(member.name).has_value());
      return;
  }
}

void CheckStructure(const Structure& structure) {
  for (const broker::MemberShape& member : structure.shape().members) {
    if (structure.Has(member.name)) {
      CheckMember(structure, member);
    } else {
      CHECK(!member.required);
    }
  }
}

void Run(std::string_view input) {
  if (input.size() < 2) return;
  const auto operations = broker::KinesisModel().operations;
  const auto& operation = operations[static_cast<uint8_t>(input[0]) % operations.size()];
  const bool is_json = (static_cast<uint8_t>(input[1]) & 1) == 0;
  const Buffer body(input.substr(2), is_json ? broker::kJsonPaddingBytes : 0);
  auto document = is_json ? broker::ParseJson(body.text()) : broker::ParseCbor(body.text());
  if (!document.ok()) return;
  const auto bound = broker::BindInput(*operation.input, *std::move(document));
  if (bound.ok()) return CheckStructure(bound->root());
  const broker::AwsError error = broker::AwsErrorOf(bound.status());
  CHECK(error.type == broker::kSerializationException ||
        error.type == broker::kValidationException);
  CHECK(broker::IsUtf8(error.message));
  CHECK(error.message.size() < kMessageBytesMax);
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
