#include "broker/aws/constraint_checker.h"

#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/structure.h"
#include "broker/aws/utf8.h"

namespace penstock::broker {
namespace {

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

constexpr std::string_view kNotNull = "Member must not be null";

bool IsPlain(const Shape& shape) {
  return shape.kind != ShapeKind::kStructure && shape.kind != ShapeKind::kList &&
         shape.kind != ShapeKind::kMap;
}

// What min and max are held against. Nothing for a kind that has neither.
std::optional<int64_t> MeasureOf(const Shape& shape, const BoundValue& value) {
  switch (shape.kind) {
    case ShapeKind::kString:
      return static_cast<int64_t>(CharactersOf(value.text()));
    case ShapeKind::kBlob:
    case ShapeKind::kList:
    case ShapeKind::kMap:
      return value.size;
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      return value.integer;
    default:
      return std::nullopt;
  }
}

// Of an integer that the model does not bound, its type does.
std::optional<int64_t> MinOf(const Shape& shape) {
  if (shape.min || shape.kind != ShapeKind::kInteger) return shape.min;
  return std::numeric_limits<int32_t>::min();
}

std::optional<int64_t> MaxOf(const Shape& shape) {
  if (shape.max || shape.kind != ShapeKind::kInteger) return shape.max;
  return std::numeric_limits<int32_t>::max();
}

std::string MinText(const Shape& shape) {
  const bool number = shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong;
  return absl::StrCat("Member must have ", number ? "value" : "length",
                      " greater than or equal to ", *MinOf(shape));
}

std::string MaxText(const Shape& shape) {
  const bool number = shape.kind == ShapeKind::kInteger || shape.kind == ShapeKind::kLong;
  return absl::StrCat("Member must have ", number ? "value" : "length", " less than or equal to ",
                      *MaxOf(shape));
}

std::string ValuesText(const Shape& shape) {
  std::string text = "Member must satisfy enum value set: [";
  for (size_t i = 0; i < shape.values.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", View(shape.values[i]));
  }
  return text + "]";
}

std::string PatternText(const Shape& shape) {
  return absl::StrCat("Member must satisfy regular expression pattern: ", View(shape.pattern));
}

bool IsAmong(std::string_view text, std::span<const std::string_view> values) {
  for (const std::string_view value : values) {
    if (value == text) return true;
  }
  return false;
}

struct Broken {
  bool values = false;
  bool pattern = false;
  bool min = false;
  bool max = false;

  bool any() const { return values || pattern || min || max; }
};

Broken BrokenBy(const Shape& shape, const BoundValue& value) {
  Broken broken;
  if (shape.kind == ShapeKind::kString) {
    broken.values = !shape.values.empty() && !IsAmong(value.text(), shape.values);
    broken.pattern = shape.matches != nullptr && !shape.matches(value.text());
  }
  const std::optional<int64_t> min = MinOf(shape);
  const std::optional<int64_t> max = MaxOf(shape);
  if (!min && !max) return broken;
  if (const std::optional<int64_t> measure = MeasureOf(shape, value)) {
    broken.min = min && *measure < *min;
    broken.max = max && *measure > *max;
  }
  return broken;
}

// All the constraints of a plain shape, as AWS tells them of what holds such values.
std::string AllOf(const Shape& shape) {
  std::vector<std::string> all;
  if (shape.max) all.push_back(MaxText(shape));
  if (shape.min) all.push_back(MinText(shape));
  if (!shape.pattern.empty()) all.push_back(PatternText(shape));
  if (!shape.values.empty()) all.push_back(ValuesText(shape));
  return absl::StrCat("[", absl::StrJoin(all, ", "), "]");
}

// Writes values as AWS shows them, and stops when there is more than anybody reads.
class ValueText {
 public:
  static std::string Of(const Shape& shape, const BoundValue& value) {
    ValueText text;
    text.Append(shape, value);
    if (text.text_.size() <= kValidationValueBytesMax) return text.text_;
    return absl::StrCat(View(HeadOf(text.text_, kValidationValueBytesMax)), "...");
  }

 private:
  void Append(std::string_view text) {
    // One byte more than is shown: it must be seen that something was left out.
    text_ += HeadOf(text, kValidationValueBytesMax + 4);
  }

  bool full() const { return text_.size() > kValidationValueBytesMax; }

  void Append(const Shape& shape, const BoundValue& value) {
    if (!value.present) return Append("null");
    switch (shape.kind) {
      case ShapeKind::kString:
        return Append(value.text());
      case ShapeKind::kBlob:
        return Append(absl::StrCat("java.nio.HeapByteBuffer[pos=0 lim=", value.size,
                                   " cap=", value.size, "]"));
      case ShapeKind::kInteger:
      case ShapeKind::kLong:
      case ShapeKind::kTimestamp:
        return Append(absl::StrCat(value.integer));
      case ShapeKind::kBoolean:
        return Append(value.integer != 0 ? "true" : "false");
      case ShapeKind::kStructure:
        return Append(shape.structure->name);
      case ShapeKind::kList:
        return AppendList(shape, value);
      case ShapeKind::kMap:
        return AppendMap(shape, value);
    }
  }

  void AppendList(const Shape& shape, const BoundValue& value) {
    Append("[");
    for (const BoundValue& item : value.items()) {
      if (&item != value.values) Append(", ");
      Append(*shape.member, item);
      if (full()) return;
    }
    Append("]");
  }

  void AppendMap(const Shape& shape, const BoundValue& value) {
    Append("{");
    for (const BoundEntry& entry : value.map()) {
      if (&entry != value.entries) Append(", ");
      Append(entry.key);
      Append("=");
      Append(*shape.member, entry.value);
      if (full()) return;
    }
    Append("}");
  }

  std::string text_;
};

}  // namespace

absl::Status ConstraintChecker::Check(const StructureShape& shape, const BoundValue& value) {
  CheckStructure(shape, value, nullptr);
  if (errors_.empty()) return absl::OkStatus();
  return MakeAwsError(
      kValidationException,
      absl::StrCat(errors_.size(), " validation error", errors_.size() > 1 ? "s" : "",
                   " detected: ", absl::StrJoin(errors_, "; ")));
}

bool ConstraintChecker::full() const {
  return errors_.size() == kValidationErrorsMax;
}

void ConstraintChecker::Add(const Shape& shape, const BoundValue& value, const Place& place,
                            std::string_view constraint) {
  if (full()) return;
  std::string path;
  for (const Place* at = &place; at != nullptr; at = at->parent) {
    std::string name(HeadOf(at->name, kValidationValueBytesMax));
    if (at->is_member) {
      name[0] = absl::ascii_tolower(static_cast<unsigned char>(name[0]));
    } else {
      name = absl::StrCat(at->index > 0 ? absl::StrCat(at->index) : name, ".member");
    }
    path = path.empty() ? name : absl::StrCat(name, ".", path);
  }
  const std::string shown =
      value.present ? absl::StrCat("'", ValueText::Of(shape, value), "'") : "null";
  errors_.push_back(absl::StrCat("Value ", shown, " at '", path,
                                 "' failed to satisfy constraint: ", View(constraint)));
}

void ConstraintChecker::CheckStructure(const StructureShape& shape, const BoundValue& value,
                                       const Place* place) {
  for (size_t i = 0; i < shape.members.size() && !full(); ++i) {
    const MemberShape& member = shape.members[i];
    const BoundValue& bound = value.values[i];
    const Place here = {.parent = place, .name = member.name, .is_member = true};
    if (bound.present) {
      CheckValue(*member.shape, bound, here);
    } else if (member.required) {
      Add(*member.shape, bound, here, kNotNull);
    }
  }
}

void ConstraintChecker::CheckValue(const Shape& shape, const BoundValue& value,
                                   const Place& place) {
  const Broken broken = BrokenBy(shape, value);
  if (broken.any()) {
    if (broken.pattern) Add(shape, value, place, PatternText(shape));
    if (broken.values) Add(shape, value, place, ValuesText(shape));
    if (broken.min) Add(shape, value, place, MinText(shape));
    if (broken.max) Add(shape, value, place, MaxText(shape));
  }
  if (shape.kind == ShapeKind::kStructure) CheckStructure(*shape.structure, value, &place);
  if (shape.kind == ShapeKind::kList) CheckList(shape, value, place);
  if (shape.kind == ShapeKind::kMap) CheckMap(shape, value, place);
}

void ConstraintChecker::CheckList(const Shape& shape, const BoundValue& value, const Place& place) {
  bool told = false;
  for (size_t i = 0; i < value.size && !full(); ++i) {
    const BoundValue& item = value.values[i];
    const Place here = {.parent = &place, .name = {}, .index = i + 1};
    if (!item.present) {
      Add(*shape.member, item, here, kNotNull);
    } else if (!IsPlain(*shape.member)) {
      CheckValue(*shape.member, item, here);
    } else if (!told && BrokenBy(*shape.member, item).any()) {
      told = true;
      Add(shape, value, place,
          absl::StrCat("Member must satisfy constraint: ", AllOf(*shape.member)));
    }
  }
}

void ConstraintChecker::CheckMap(const Shape& shape, const BoundValue& value, const Place& place) {
  bool key_told = false;
  bool value_told = false;
  for (const BoundEntry& entry : value.map()) {
    if (full()) return;
    BoundValue key;
    key.present = true;
    key.bytes = entry.key.data();
    key.size = static_cast<uint32_t>(entry.key.size());
    if (!key_told && BrokenBy(*shape.key, key).any()) {
      key_told = true;
      Add(shape, value, place,
          absl::StrCat("Map keys must satisfy constraint: ", AllOf(*shape.key)));
    }
    const Place here = {.parent = &place, .name = entry.key};
    if (!entry.value.present) {
      Add(*shape.member, entry.value, here, kNotNull);
    } else if (!IsPlain(*shape.member)) {
      CheckValue(*shape.member, entry.value, here);
    } else if (!value_told && BrokenBy(*shape.member, entry.value).any()) {
      value_told = true;
      Add(shape, value, place,
          absl::StrCat("Map value must satisfy constraint: ", AllOf(*shape.member)));
    }
  }
}

}  // namespace penstock::broker
