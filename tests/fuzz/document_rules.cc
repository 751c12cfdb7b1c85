#include "tests/fuzz/document_rules.h"

#include <set>
#include <string_view>

#include "broker/aws/utf8.h"
#include "common/check.h"

namespace penstock::fuzz {
namespace {

using broker::Document;
using broker::DocumentEntry;
using broker::DocumentKind;
using broker::DocumentNode;

void CheckNode(const DocumentNode& node, size_t depth, size_t* nodes) {
  CHECK(++*nodes <= broker::kDocumentNodesMax);
  if (node.kind() == DocumentKind::kText) CHECK(broker::IsUtf8(node.text()));
  if (node.kind() == DocumentKind::kBytes) {
    volatile char last = 0;
    for (const char byte : node.text()) last = byte;
    static_cast<void>(last);
  }
  if (node.kind() == DocumentKind::kList) {
    CHECK(depth < broker::kDocumentDepthMax);
    for (const DocumentNode& item : node.items()) CheckNode(item, depth + 1, nodes);
  }
  if (node.kind() == DocumentKind::kMap) {
    CHECK(depth < broker::kDocumentDepthMax);
    std::set<std::string_view> keys;
    for (const DocumentEntry& entry : node.entries()) {
      CHECK(broker::IsUtf8(entry.key));
      CHECK(keys.insert(entry.key).second);
      CheckNode(entry.value, depth + 1, nodes);
    }
  }
}

}  // namespace

void CheckDocument(const Document& document) {
  CHECK(document.root().kind() == DocumentKind::kMap);
  size_t nodes = 0;
  CheckNode(document.root(), 0, &nodes);
}

void CheckSame(const DocumentNode& a, const DocumentNode& b) {
  CHECK(a.kind() == b.kind());
  switch (a.kind()) {
    case DocumentKind::kNull:
    case DocumentKind::kDouble:
      return;
    case DocumentKind::kBoolean:
      CHECK(a.boolean() == b.boolean());
      return;
    case DocumentKind::kInteger:
    case DocumentKind::kTimestampMs:
      CHECK(a.integer() == b.integer());
      return;
    case DocumentKind::kUnsigned:
      CHECK(a.unsigned_integer() == b.unsigned_integer());
      return;
    case DocumentKind::kText:
    case DocumentKind::kBytes:
      CHECK(a.text() == b.text());
      return;
    case DocumentKind::kList:
      CHECK(a.items().size() == b.items().size());
      for (size_t i = 0; i < a.items().size(); ++i) CheckSame(a.items()[i], b.items()[i]);
      return;
    case DocumentKind::kMap:
      CHECK(a.entries().size() == b.entries().size());
      for (size_t i = 0; i < a.entries().size(); ++i) {
        CHECK(a.entries()[i].key == b.entries()[i].key);
        CheckSame(a.entries()[i].value, b.entries()[i].value);
      }
      return;
  }
}

bool CanBeWritten(const DocumentNode& node) {
  switch (node.kind()) {
    case DocumentKind::kNull:
    case DocumentKind::kDouble:
    case DocumentKind::kUnsigned:
      return false;
    case DocumentKind::kList:
      for (const DocumentNode& item : node.items()) {
        if (!CanBeWritten(item)) return false;
      }
      return true;
    case DocumentKind::kMap:
      for (const DocumentEntry& entry : node.entries()) {
        if (!CanBeWritten(entry.value)) return false;
      }
      return true;
    default:
      return true;
  }
}

void Write(const DocumentNode& node, broker::OutputWriter* writer) {
  switch (node.kind()) {
    case DocumentKind::kBoolean:
      return writer->Boolean(node.boolean());
    case DocumentKind::kInteger:
      return writer->Integer(node.integer());
    case DocumentKind::kTimestampMs:
      return writer->TimestampMs(node.integer());
    case DocumentKind::kText:
      return writer->Text(node.text());
    case DocumentKind::kBytes:
      return writer->Blob(node.text());
    case DocumentKind::kList:
      writer->BeginList();
      for (const DocumentNode& item : node.items()) Write(item, writer);
      return writer->EndList();
    case DocumentKind::kMap:
      writer->BeginStructure();
      for (const DocumentEntry& entry : node.entries()) {
        writer->Key(entry.key);
        Write(entry.value, writer);
      }
      return writer->EndStructure();
    default:
      CHECK(false);
  }
}

}  // namespace penstock::fuzz
