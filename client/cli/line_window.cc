#include "client/cli/line_window.h"

#include <utility>

#include "common/check.h"

namespace penstock::cli {

uint64_t LineWindow::Add(uint64_t bytes) {
  lines_.push_back({bytes});
  bytes_ += bytes;
  return first_line_ + lines_.size() - 1;
}

void LineWindow::Settle(uint64_t line, PutOutcome outcome) {
  CHECK(line >= first_line_ && line - first_line_ < lines_.size());
  std::optional<PutOutcome>& settled = lines_[line - first_line_].outcome;
  CHECK(!settled.has_value());
  settled = std::move(outcome);
}

std::optional<LineWindow::Settled> LineWindow::TakeFirst() {
  if (lines_.empty() || !lines_.front().outcome.has_value()) return std::nullopt;
  Line& first = lines_.front();
  Settled taken{first_line_, first.bytes, *std::move(first.outcome)};
  bytes_ -= first.bytes;
  lines_.pop_front();
  ++first_line_;
  return taken;
}

}  // namespace penstock::cli
