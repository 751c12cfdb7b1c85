#include "client/cli/table.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

TEST_CASE("columns are as wide as their widest cell") {
  Table table({{"NAME"}, {"COUNT", Table::Align::kRight}, {"LAST"}});
  table.AddRow({"a", "1", "x"});
  table.AddRow({"gr\xc3\xbcn-blau", "1,000,000", ""});
  CHECK(table.Text() ==
        "NAME           COUNT  LAST\n"
        "a                  1  x\n"
        "gr\xc3\xbcn-blau  1,000,000  \n");
}

TEST_CASE("an empty table is its header") {
  CHECK(Table({{"A"}, {"B"}}).Text() == "A  B\n");
}

TEST_CASE("nothing that moves a terminal's cursor gets through") {
  CHECK(PrintableText("plain \xe2\x82\xac text", 100) == "plain \xe2\x82\xac text");
  CHECK(PrintableText("a\nb\tc\rd", 100) == "a\\nb\\tc\\rd");
  CHECK(PrintableText("\x1b[2J\x7f", 100) == "\\x1b[2J\\x7f");
  CHECK(PrintableText(std::string_view("\0", 1), 100) == "\\x00");
  // The second set of control characters, overlong forms, surrogates, and what is cut off.
  CHECK(PrintableText("\xc2\x9b", 100) == "\\xc2\\x9b");
  CHECK(PrintableText("\xc0\x9b\xe0\x80\x80", 100) == "\\xc0\\x9b\\xe0\\x80\\x80");
  CHECK(PrintableText("\xed\xa0\x80", 100) == "\\xed\\xa0\\x80");
  CHECK(PrintableText("\xf4\x90\x80\x80\xff", 100) == "\\xf4\\x90\\x80\\x80\\xff");
  CHECK(PrintableText("\xe2\x82", 100) == "\\xe2\\x82");
}

TEST_CASE("long text is cut between characters, with its size") {
  CHECK(PrintableText("abcd", 4) == "abcd");
  CHECK(PrintableText("abcde", 4) == "abcd... (5 bytes)");
  CHECK(PrintableText("\xe2\x82\xac\xe2\x82\xac", 1) == "\xe2\x82\xac... (6 bytes)");
}

}  // namespace
}  // namespace penstock::cli
