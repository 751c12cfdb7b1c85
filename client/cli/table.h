// Table: rows under a header, as wide as their widest cell; numbers to the right. PrintableText:
// bytes from anywhere, made safe for a terminal. Pure values; not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::cli {

// Control characters and what is not UTF-8 are escaped ("\n", "\x1b"); after `characters_max` it is
// cut, with the size given: "... (2,048 bytes)".
std::string PrintableText(std::string_view bytes, size_t characters_max);

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns, safe for a terminal.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Lines with their newlines, none for an empty table but the header's.
  std::string Text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace penstock::cli
