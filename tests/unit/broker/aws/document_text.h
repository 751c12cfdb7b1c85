// For tests of documents: bodies with the padding that ParseJson needs, and documents as text, in a
// form that tells every kind: {a: 1, b: [null, 2u, 0.5, "x", h'00ff', time(5)]}.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/aws/document.h"
#include "broker/aws/json_document.h"

namespace penstock::broker {

class PaddedBody {
 public:
  explicit PaddedBody(std::string_view text) : buffer_(text), size_(text.size()) {
    buffer_.append(kJsonPaddingBytes, '"');
  }
  std::string_view text() const { return std::string_view(buffer_).substr(0, size_); }

 private:
  std::string buffer_;
  size_t size_;
};

inline std::string TextOf(const DocumentNode& node) {
  const auto text = [&node] { return absl::string_view(node.text().data(), node.text().size()); };
  switch (node.kind()) {
    case DocumentKind::kNull:
      return "null";
    case DocumentKind::kBoolean:
      return node.boolean() ? "true" : "false";
    case DocumentKind::kInteger:
      return absl::StrCat(node.integer());
    case DocumentKind::kUnsigned:
      return absl::StrCat(node.unsigned_integer(), "u");
    case DocumentKind::kDouble:
      return absl::StrCat(node.number(), "d");
    case DocumentKind::kText:
      return absl::StrCat("\"", absl::Utf8SafeCEscape(text()), "\"");
    case DocumentKind::kBytes:
      return absl::StrCat("h'", absl::BytesToHexString(text()), "'");
    case DocumentKind::kTimestampMs:
      return absl::StrCat("time(", node.integer(), ")");
    case DocumentKind::kList: {
      std::string list;
      for (const DocumentNode& item : node.items()) {
        absl::StrAppend(&list, list.empty() ? "" : ", ", TextOf(item));
      }
      return absl::StrCat("[", list, "]");
    }
    case DocumentKind::kMap: {
      std::string map;
      for (const DocumentEntry& entry : node.entries()) {
        absl::StrAppend(&map, map.empty() ? "" : ", ", std::string(entry.key), ": ",
                        TextOf(entry.value));
      }
      return absl::StrCat("{", map, "}");
    }
  }
  return "?";
}

}  // namespace penstock::broker
