// LineWindow: the lines that were put and not yet reported, in their order.
//
//   reported  <── 11 settled │ 12 … │ 13 settled │ 14 … │ 15 …  <── read
//              TakeFirst      └─ nothing is taken past it
//
// What becomes of lines is learned in any order, as shards answer, and is told in theirs. Bounded:
// whoever adds lines waits while it IsFull. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "penstock/producer.h"

namespace penstock::cli {

class LineWindow {
 public:
  struct Limits {
    size_t lines_max = 0;
    uint64_t bytes_max = 0;
  };
  explicit LineWindow(Limits limits) : limits_(limits) {}

  bool empty() const { return lines_.empty(); }
  // The line that goes past bytes_max is let in, so that there is no line too large.
  bool IsFull() const { return lines_.size() >= limits_.lines_max || bytes_ >= limits_.bytes_max; }

  // Lines are numbered from 1 in the order of their Adds: the number of this one.
  uint64_t Add(uint64_t bytes);
  // `line` is in the window and not settled.
  void Settle(uint64_t line, PutOutcome outcome);

  struct Settled {
    uint64_t line = 0;
    uint64_t bytes = 0;
    PutOutcome outcome;
  };
  // The first line; nothing while it is not settled, or there is none.
  std::optional<Settled> TakeFirst();

 private:
  struct Line {
    uint64_t bytes = 0;
    std::optional<PutOutcome> outcome = {};
  };

  const Limits limits_;
  std::deque<Line> lines_;
  uint64_t bytes_ = 0;
  // The number of the first in lines_.
  uint64_t first_line_ = 1;
};

}  // namespace penstock::cli
