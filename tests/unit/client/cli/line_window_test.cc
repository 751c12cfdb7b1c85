#include "client/cli/line_window.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

PutOutcome Stored(uint64_t sequence_number) {
  PutOutcome outcome;
  outcome.sequence_number = sequence_number;
  return outcome;
}

std::vector<uint64_t> TakeLines(LineWindow& window) {
  std::vector<uint64_t> lines;
  while (const auto settled = window.TakeFirst()) {
    CHECK(settled->outcome.sequence_number == settled->line * 10);
    CHECK(settled->bytes == settled->line + 100);
    lines.push_back(settled->line);
  }
  return lines;
}

TEST_CASE("lines leave a window in their order, in whatever order they are settled") {
  LineWindow window({10, 10'000});
  CHECK(window.empty());
  for (uint64_t line = 1; line <= 4; ++line) CHECK(window.Add(line + 100) == line);
  window.Settle(3, Stored(30));
  window.Settle(2, Stored(20));
  CHECK(TakeLines(window).empty());
  window.Settle(1, Stored(10));
  CHECK(TakeLines(window) == std::vector<uint64_t>{1, 2, 3});
  CHECK_FALSE(window.empty());
  CHECK(window.Add(105) == 5);
  window.Settle(5, Stored(50));
  window.Settle(4, Stored(40));
  CHECK(TakeLines(window) == std::vector<uint64_t>{4, 5});
  CHECK(window.empty());
}

TEST_CASE("a window is full by lines or by bytes, until the first lines leave it") {
  LineWindow window({3, 1'000});
  window.Add(1);
  window.Add(1);
  CHECK_FALSE(window.IsFull());
  window.Add(1);
  CHECK(window.IsFull());
  window.Settle(2, Stored(20));
  CHECK_FALSE(window.TakeFirst().has_value());
  CHECK(window.IsFull());
  window.Settle(1, Stored(10));
  CHECK(window.TakeFirst().has_value());
  CHECK_FALSE(window.IsFull());

  // One line may be larger than all of it.
  LineWindow small({3, 1'000});
  small.Add(5'000);
  CHECK(small.IsFull());
  small.Settle(1, Stored(10));
  CHECK(small.TakeFirst().has_value());
  CHECK_FALSE(small.IsFull());
}

}  // namespace
}  // namespace penstock::cli
