#include "broker/aws/type_binder.h"

#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/base64.h"
#include "broker/aws/utf8.h"
#include "common/check.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Doubles of this size and beyond are no int64: 2^63.
constexpr double kIntegerEnd = 9223372036854775808.0;
// Of a time, so that any arithmetic on it stays an int64.
constexpr double kTimestampMsMax = 9e18;
constexpr double kMsPerSecond = 1000;
// AWS shows the text of a blob that is no base64 whole.
constexpr size_t kShownBytesMax = 256;

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

absl::Status Mistyped(std::string_view what) {
  return MakeAwsError(kSerializationException, what);
}

std::string Shown(std::string_view text) {
  const std::string_view head = HeadOf(text, kShownBytesMax);
  return absl::StrCat("'", View(head), head.size() < text.size() ? "...'" : "'");
}

// What AWS, which is written in Java, calls a value of the document.
std::string_view JavaClassOf(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kBoolean:
      return "java.lang.Boolean";
    case DocumentKind::kText:
      return "java.lang.String";
    case DocumentKind::kBytes:
      return "java.nio.ByteBuffer";
    case DocumentKind::kTimestampMs:
      return "java.util.Date";
    default:
      return "java.math.BigDecimal";
  }
}

bool IsContainer(const DocumentNode& node) {
  return node.kind() == DocumentKind::kList || node.kind() == DocumentKind::kMap;
}

absl::Status UnexpectedContainer(const DocumentNode& node) {
  return Mistyped(node.kind() == DocumentKind::kList
                      ? "Start of list found where not expected"
                      : "Start of structure or map found where not expected.");
}

// `node` cannot be a `type`, e.g. "an Integer".
absl::Status CannotBe(std::string_view type, const DocumentNode& node) {
  if (IsContainer(node)) return UnexpectedContainer(node);
  return Mistyped(absl::StrCat("class ", View(JavaClassOf(node.kind())),
                               " can not be converted to ", View(type)));
}

absl::Status BindText(const DocumentNode& node, BoundValue* value) {
  if (node.kind() != DocumentKind::kText) return CannotBe("an String", node);
  value->bytes = node.text().data();
  value->size = static_cast<uint32_t>(node.text().size());
  return absl::OkStatus();
}

absl::Status BindInteger(std::string_view type, const DocumentNode& node, BoundValue* value) {
  switch (node.kind()) {
    case DocumentKind::kInteger:
      value->integer = node.integer();
      return absl::OkStatus();
    case DocumentKind::kDouble:
      // Also false if it is no number.
      if (!(std::fabs(node.number()) < kIntegerEnd)) break;
      value->integer = static_cast<int64_t>(node.number());
      return absl::OkStatus();
    case DocumentKind::kUnsigned:
      break;
    default:
      return CannotBe(type, node);
  }
  return Mistyped(absl::StrCat("a number out of range can not be converted to ", View(type)));
}

absl::Status BindBoolean(const DocumentNode& node, BoundValue* value) {
  constexpr std::string_view kType = "an Boolean";
  if (node.kind() == DocumentKind::kText) {
    const std::string upper = absl::AsciiStrToUpper(View(node.text()));
    return Mistyped(absl::StrCat(Shown(upper), " can not be converted to ", View(kType)));
  }
  if (node.kind() != DocumentKind::kBoolean) return CannotBe(kType, node);
  value->integer = node.boolean() ? 1 : 0;
  return absl::OkStatus();
}

}  // namespace

template <typename T>
T* TypeBinder::NewRow(size_t size) {
  auto* row = static_cast<T*>(arena_->allocate(size * sizeof(T), alignof(T)));
  std::uninitialized_value_construct_n(row, size);
  return row;
}

absl::Status TypeBinder::BindStructure(const StructureShape& shape, const DocumentNode& node,
                                       BoundValue* value) {
  if (node.kind() == DocumentKind::kList) return UnexpectedContainer(node);
  if (node.kind() != DocumentKind::kMap) return Mistyped("Expected null");
  auto* members = NewRow<BoundValue>(shape.members.size());
  for (const DocumentEntry& entry : node.entries()) {
    const MemberShape* member = shape.Find(entry.key);
    if (member == nullptr || entry.value.is_null()) continue;
    RETURN_IF_ERROR(Bind(*member->shape, entry.value, members + (member - shape.members.data())));
  }
  value->present = true;
  value->values = members;
  value->size = static_cast<uint32_t>(shape.members.size());
  return absl::OkStatus();
}

absl::Status TypeBinder::Bind(const Shape& shape, const DocumentNode& node, BoundValue* value) {
  // Within a list or a map; the checker has a word on it.
  if (node.is_null()) return absl::OkStatus();
  value->present = true;
  switch (shape.kind) {
    case ShapeKind::kStructure:
      return BindStructure(*shape.structure, node, value);
    case ShapeKind::kList:
      return BindList(shape, node, value);
    case ShapeKind::kMap:
      return BindMap(shape, node, value);
    case ShapeKind::kString:
      return BindText(node, value);
    case ShapeKind::kBlob:
      return BindBlob(node, value);
    case ShapeKind::kInteger:
      return BindInteger("an Integer", node, value);
    case ShapeKind::kLong:
      return BindInteger("an Long", node, value);
    case ShapeKind::kBoolean:
      return BindBoolean(node, value);
    case ShapeKind::kTimestamp:
      return BindTimestamp(node, value);
  }
  CHECK(false);
}

absl::Status TypeBinder::BindList(const Shape& shape, const DocumentNode& node, BoundValue* value) {
  if (node.kind() == DocumentKind::kMap) return UnexpectedContainer(node);
  if (node.kind() != DocumentKind::kList) return Mistyped("Expected list or null");
  const std::span<const DocumentNode> from = node.items();
  auto* items = NewRow<BoundValue>(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    RETURN_IF_ERROR(Bind(*shape.member, from[i], items + i));
  }
  value->values = items;
  value->size = static_cast<uint32_t>(from.size());
  return absl::OkStatus();
}

absl::Status TypeBinder::BindMap(const Shape& shape, const DocumentNode& node, BoundValue* value) {
  if (node.kind() == DocumentKind::kList) return UnexpectedContainer(node);
  if (node.kind() != DocumentKind::kMap) return Mistyped("Expected map or null");
  const std::span<const DocumentEntry> from = node.entries();
  auto* entries = NewRow<BoundEntry>(from.size());
  for (size_t i = 0; i < from.size(); ++i) {
    entries[i].key = from[i].key;
    RETURN_IF_ERROR(Bind(*shape.member, from[i].value, &entries[i].value));
  }
  value->entries = entries;
  value->size = static_cast<uint32_t>(from.size());
  return absl::OkStatus();
}

absl::Status TypeBinder::BindBlob(const DocumentNode& node, BoundValue* value) {
  constexpr std::string_view kType = "a Blob";
  const DocumentKind written =
      format_ == AwsFormat::kJson ? DocumentKind::kText : DocumentKind::kBytes;
  if (node.kind() != written) return CannotBe(kType, node);
  const std::string_view text = node.text();
  if (format_ == AwsFormat::kCbor) {
    value->bytes = text.data();
    value->size = static_cast<uint32_t>(text.size());
    return absl::OkStatus();
  }
  auto* bytes = static_cast<char*>(arena_->allocate(Base64DecodedSize(text), alignof(char)));
  const std::optional<size_t> size = DecodeBase64(text, bytes);
  if (!size) {
    return Mistyped(absl::StrCat(Shown(text), " can not be converted to ", View(kType), ": ",
                                 WhyNotBase64(text)));
  }
  value->bytes = bytes;
  value->size = static_cast<uint32_t>(*size);
  return absl::OkStatus();
}

absl::Status TypeBinder::BindTimestamp(const DocumentNode& node, BoundValue* value) const {
  double ms = 0;
  switch (node.kind()) {
    case DocumentKind::kTimestampMs:
      value->integer = node.integer();
      return absl::OkStatus();
    case DocumentKind::kInteger:
      // Seconds in JSON; milliseconds in CBOR, also without their tag.
      if (format_ == AwsFormat::kCbor) {
        value->integer = node.integer();
        return absl::OkStatus();
      }
      ms = static_cast<double>(node.integer()) * kMsPerSecond;
      break;
    case DocumentKind::kDouble:
      ms = node.number() * kMsPerSecond;
      break;
    case DocumentKind::kUnsigned:
      ms = kIntegerEnd;
      break;
    default:
      return CannotBe("a Timestamp", node);
  }
  // Also false if it is no number.
  if (!(std::fabs(ms) <= kTimestampMsMax)) {
    return Mistyped("a number out of range can not be converted to a Timestamp");
  }
  value->integer = std::llround(ms);
  return absl::OkStatus();
}

}  // namespace penstock::broker
