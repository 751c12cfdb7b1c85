// A document: the tree of what a request's body says, in either format, before any shape is known.
//
// Nodes lie in an arena that the document owns; texts and byte strings are views, into the body
// where they stand there as they are, into the arena otherwise. The body must therefore outlive the
// document, and must not be moved (a std::string that is short moves its bytes along). Nothing is
// copied for a record, and nothing is allocated for it but arena.
//
// Made by ParseJson and ParseCbor (json_document.h, cbor_document.h), which bound depth and size.
// Movable; immutable after it is made, so that any thread may read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>

#include "broker/aws/aws_format.h"

namespace penstock::broker {

// Containers within containers; the root is the first. Kinesis has four at most, a stack is to hold
// whatever is sent.
inline constexpr size_t kDocumentDepthMax = 32;
// Values of a document, keys not counted. 500 records of three members are 2,002; a body of 16 MiB
// could say "0," eight million times, each of them a node of 16 bytes.
inline constexpr size_t kDocumentNodesMax = 64 * 1024;

enum class DocumentKind : uint8_t {
  kNull,
  kBoolean,
  kInteger,      // fits int64
  kUnsigned,     // above int64's largest, fits uint64
  kDouble,       // finite or not
  kText,         // UTF-8
  kBytes,        // of CBOR alone
  kTimestampMs,  // CBOR tag 1 with an integer
  kList,
  kMap,
};

struct DocumentEntry;

// One value. Accessors CHECK that the value is of their kind.
class DocumentNode {
 public:
  DocumentNode() = default;

  static DocumentNode Boolean(bool value);
  static DocumentNode Integer(int64_t value);
  static DocumentNode Unsigned(uint64_t value);
  static DocumentNode Double(double value);
  static DocumentNode TimestampMs(int64_t value);
  static DocumentNode Text(std::string_view value);
  static DocumentNode Bytes(std::string_view value);
  static DocumentNode List(std::span<const DocumentNode> items);
  static DocumentNode Map(std::span<const DocumentEntry> entries);

  DocumentKind kind() const { return kind_; }
  bool is_null() const { return kind_ == DocumentKind::kNull; }

  bool boolean() const;
  int64_t integer() const;  // kInteger and kTimestampMs
  uint64_t unsigned_integer() const;
  double number() const;          // kDouble
  std::string_view text() const;  // kText and kBytes
  std::span<const DocumentNode> items() const;
  // In the order of the body; each key once.
  std::span<const DocumentEntry> entries() const;

 private:
  DocumentKind kind_ = DocumentKind::kNull;
  uint32_t size_ = 0;
  union Value {
    bool boolean;
    int64_t integer = 0;
    uint64_t natural;
    double real;
    const char* text;
    const DocumentNode* items;
    const DocumentEntry* entries;
  } value_;
};

struct DocumentEntry {
  std::string_view key;
  DocumentNode value;
};

class Document {
 public:
  // An empty map: what an empty body stands for.
  explicit Document(AwsFormat format = AwsFormat::kJson);
  // `arena` holds what `root` points to, and takes what is derived from it.
  Document(AwsFormat format, std::unique_ptr<std::pmr::monotonic_buffer_resource> arena,
           DocumentNode root);

  // What it was written in: the formats have blobs and times each in its way.
  AwsFormat format() const { return format_; }
  const DocumentNode& root() const { return root_; }
  std::pmr::memory_resource* arena() { return arena_.get(); }

 private:
  AwsFormat format_;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_;
  DocumentNode root_;
};

}  // namespace penstock::broker
