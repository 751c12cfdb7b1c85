// LineRanges: a set of line numbers, shown as ranges: "1-500, 502". Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock::cli {

class LineRanges {
 public:
  // Each line once, in any order; one range as long as they come in theirs.
  void Add(uint64_t line);

  uint64_t count() const { return count_; }
  // At most eight ranges, then "...".
  std::string Text() const;

 private:
  struct Range {
    uint64_t first;
    uint64_t last;
  };

  // In order, with neighbours joined.
  static std::vector<Range> Joined(std::vector<Range> ranges);

  std::vector<Range> ranges_;
  uint64_t count_ = 0;
  size_t join_at_ = 1024;
};

}  // namespace penstock::cli
