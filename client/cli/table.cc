#include "client/cli/table.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/number_text.h"

namespace penstock::cli {
namespace {

// Bytes of the UTF-8 character at the front of `text`, 0 if there is none. Overlong forms,
// surrogates and the second set of control characters count as none.
size_t CharacterBytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80   ? 1
                      : lead < 0xc2 ? 0
                      : lead < 0xe0 ? 2
                      : lead < 0xf0 ? 3
                      : lead < 0xf5 ? 4
                                    : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xc2 && byte(1) < 0xa0) return 0;
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) >= 0xa0)) return 0;
  if ((lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) >= 0x90)) return 0;
  return size;
}

void AppendEscaped(char c, std::string* text) {
  switch (c) {
    case '\n':
      *text += "\\n";
      return;
    case '\r':
      *text += "\\r";
      return;
    case '\t':
      *text += "\\t";
      return;
    default:
      absl::StrAppendFormat(text, "\\x%02x", static_cast<uint8_t>(c));
  }
}

size_t CountCharacters(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string PrintableText(std::string_view bytes, size_t characters_max) {
  std::string text;
  size_t shown = 0;
  for (size_t at = 0; at < bytes.size(); ++shown) {
    if (shown == characters_max)
      return absl::StrCat(text, "... (", FormatCount(bytes.size()), " bytes)");
    const size_t size = CharacterBytes(bytes.substr(at));
    const bool is_control =
        size == 1 && (static_cast<uint8_t>(bytes[at]) < 0x20 || bytes[at] == 0x7f);
    if (size == 0 || is_control) {
      AppendEscaped(bytes[at++], &text);
    } else {
      text += bytes.substr(at, size);
      at += size;
    }
  }
  return text;
}

std::string Table::Text() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = CountCharacters(columns_[i].header);
    for (const auto& row : rows_) width = std::max(width, CountCharacters(row[i]));
    widths.push_back(width);
  }
  std::string text;
  const auto append_row = [&](const auto& cell_of) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string blanks(widths[i] - CountCharacters(cell), ' ');
      const bool is_last = i + 1 == columns_.size();
      if (columns_[i].align == Align::kRight) {
        absl::StrAppend(&text, blanks, cell);
      } else {
        absl::StrAppend(&text, cell, is_last ? "" : blanks);
      }
      text += is_last ? "\n" : "  ";
    }
  };
  append_row([&](size_t i) -> const std::string& { return columns_[i].header; });
  for (const auto& row : rows_) append_row([&](size_t i) -> const std::string& { return row[i]; });
  return text;
}

}  // namespace penstock::cli
