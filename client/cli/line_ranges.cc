#include "client/cli/line_ranges.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace penstock::cli {
namespace {

constexpr size_t kRangesShownMax = 8;

}  // namespace

void LineRanges::Add(uint64_t line) {
  ++count_;
  if (!ranges_.empty() && ranges_.back().last + 1 == line) {
    ranges_.back().last = line;
    return;
  }
  ranges_.push_back({line, line});
  if (ranges_.size() < join_at_) return;
  ranges_ = Joined(std::move(ranges_));
  join_at_ = std::max<size_t>(1024, ranges_.size() * 2);
}

std::vector<LineRanges::Range> LineRanges::Joined(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const Range& range : ranges) {
    if (!joined.empty() && joined.back().last + 1 == range.first) {
      joined.back().last = range.last;
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

std::string LineRanges::Text() const {
  std::string text;
  size_t shown = 0;
  for (const Range& range : Joined(ranges_)) {
    if (!text.empty()) text += ", ";
    if (shown++ == kRangesShownMax) return text + "...";
    absl::StrAppend(&text, range.first);
    if (range.last != range.first) absl::StrAppend(&text, "-", range.last);
  }
  return text;
}

}  // namespace penstock::cli
