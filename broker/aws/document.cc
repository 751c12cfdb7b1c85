#include "broker/aws/document.h"

#include <limits>
#include <utility>

#include "common/check.h"

namespace penstock::broker {
namespace {

uint32_t SizeOf(size_t size) {
  CHECK(size <= std::numeric_limits<uint32_t>::max());
  return static_cast<uint32_t>(size);
}

}  // namespace

DocumentNode DocumentNode::Boolean(bool value) {
  DocumentNode node;
  node.kind_ = DocumentKind::kBoolean;
  node.value_.boolean = value;
  return node;
}

DocumentNode DocumentNode::Integer(int64_t value) {
  DocumentNode node;
  node.kind_ = DocumentKind::kInteger;
  node.value_.integer = value;
  return node;
}

DocumentNode DocumentNode::Unsigned(uint64_t value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Integer(static_cast<int64_t>(value));
  }
  DocumentNode node;
  node.kind_ = DocumentKind::kUnsigned;
  node.value_.natural = value;
  return node;
}

DocumentNode DocumentNode::Double(double value) {
  DocumentNode node;
  node.kind_ = DocumentKind::kDouble;
  node.value_.real = value;
  return node;
}

DocumentNode DocumentNode::TimestampMs(int64_t value) {
  DocumentNode node = Integer(value);
  node.kind_ = DocumentKind::kTimestampMs;
  return node;
}

DocumentNode DocumentNode::Text(std::string_view value) {
  DocumentNode node;
  node.kind_ = DocumentKind::kText;
  node.size_ = SizeOf(value.size());
  node.value_.text = value.data();
  return node;
}

DocumentNode DocumentNode::Bytes(std::string_view value) {
  DocumentNode node = Text(value);
  node.kind_ = DocumentKind::kBytes;
  return node;
}

DocumentNode DocumentNode::List(std::span<const DocumentNode> items) {
  DocumentNode node;
  node.kind_ = DocumentKind::kList;
  node.size_ = SizeOf(items.size());
  node.value_.items = items.data();
  return node;
}

DocumentNode DocumentNode::Map(std::span<const DocumentEntry> entries) {
  DocumentNode node;
  node.kind_ = DocumentKind::kMap;
  node.size_ = SizeOf(entries.size());
  node.value_.entries = entries.data();
  return node;
}

bool DocumentNode::boolean() const {
  CHECK(kind_ == DocumentKind::kBoolean);
  return value_.boolean;
}

int64_t DocumentNode::integer() const {
  CHECK(kind_ == DocumentKind::kInteger || kind_ == DocumentKind::kTimestampMs);
  return value_.integer;
}

uint64_t DocumentNode::unsigned_integer() const {
  CHECK(kind_ == DocumentKind::kUnsigned);
  return value_.natural;
}

double DocumentNode::number() const {
  CHECK(kind_ == DocumentKind::kDouble);
  return value_.real;
}

std::string_view DocumentNode::text() const {
  CHECK(kind_ == DocumentKind::kText || kind_ == DocumentKind::kBytes);
  return {value_.text, size_};
}

std::span<const DocumentNode> DocumentNode::items() const {
  CHECK(kind_ == DocumentKind::kList);
  return {value_.items, size_};
}

std::span<const DocumentEntry> DocumentNode::entries() const {
  CHECK(kind_ == DocumentKind::kMap);
  return {value_.entries, size_};
}

Document::Document(AwsFormat format)
    : Document(format, std::make_unique<std::pmr::monotonic_buffer_resource>(),
               DocumentNode::Map({})) {}

Document::Document(AwsFormat format, std::unique_ptr<std::pmr::monotonic_buffer_resource> arena,
                   DocumentNode root)
    : format_(format), arena_(std::move(arena)), root_(root) {
  CHECK(arena_ != nullptr);
}

}  // namespace penstock::broker
