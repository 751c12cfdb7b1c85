// The model of a service: its operations, and the shapes of what they take and give.
//
// The tables are constexpr and generated from the model's JSON at build time (see
// broker/kinesis/model/generate.py), so that a model costs nothing at start and cannot be wrong at
// run time: a shape that nobody defines does not compile. Everything here is a view into static
// tables; immutable, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace penstock::broker {

enum class ShapeKind : uint8_t {
  kStructure,
  kList,
  kMap,
  kString,
  kBlob,
  kInteger,  // 32 bit
  kLong,     // 64 bit
  kBoolean,
  kTimestamp,
};

// Whether the whole of `text` matches a pattern.
using PatternMatcher = bool (*)(std::string_view text);

struct StructureShape;

struct Shape {
  std::string_view name;
  ShapeKind kind = ShapeKind::kString;
  // Of a string's characters, a blob's bytes, the items of a list or a map; of an integer's value.
  std::optional<int64_t> min = std::nullopt;
  std::optional<int64_t> max = std::nullopt;
  // As the model has it; empty if there is none. `matches` is the same, compiled.
  std::string_view pattern = {};
  PatternMatcher matches = nullptr;
  // Of a string; empty if any is good.
  std::span<const std::string_view> values = {};
  // A list's item, a map's value.
  const Shape* member = nullptr;
  // A map's key, a string.
  const Shape* key = nullptr;
  const StructureShape* structure = nullptr;
};

struct MemberShape {
  std::string_view name;
  const Shape* shape = nullptr;
  bool required = false;
};

struct StructureShape {
  std::string_view name;
  std::span<const MemberShape> members = {};

  // Null if there is none of that name; case matters.
  constexpr const MemberShape* Find(std::string_view member) const {
    for (const MemberShape& candidate : members) {
      if (candidate.name == member) return &candidate;
    }
    return nullptr;
  }
};

struct AwsOperation {
  std::string_view name;
  // Never null.
  const StructureShape* input = nullptr;
  // Null: the answer has no body.
  const StructureShape* output = nullptr;
  // "ResourceNotFoundException", ...: those that the model names.
  std::span<const std::string_view> errors = {};
};

struct AwsModel {
  // What stands before the dot in X-Amz-Target: "Kinesis_20131202".
  std::string_view target_prefix;
  // By name, ascending.
  std::span<const AwsOperation> operations;

  // Null if there is none of that name; case matters.
  const AwsOperation* Find(std::string_view name) const;
};

}  // namespace penstock::broker
