#include "client/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"

#include "client/cli/number_text.h"

namespace penstock::cli {
namespace {

constexpr int64_t kUpdateIntervalMs = 100;
// To the start of the line, and all of it cleared.
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

Progress::Progress(const Clock& clock, bool is_shown, std::optional<uint64_t> bytes_total)
    : clock_(clock),
      is_shown_(is_shown),
      bytes_total_(bytes_total),
      started_ms_(clock.MonotonicMs()),
      next_update_ms_(started_ms_ + kUpdateIntervalMs),
      throttled_until_ms_(started_ms_) {}

void Progress::Update(uint64_t records, uint64_t bytes) {
  const int64_t now_ms = clock_.MonotonicMs();
  if (!is_shown_ || now_ms < next_update_ms_) return;
  next_update_ms_ = now_ms + kUpdateIntervalMs;
  std::string line = absl::StrCat(kClearLine, FormatCount(records), " records  ",
                                  FormatBytes(bytes), "  ", FormatRate(records, elapsed()));
  if (bytes_total_.has_value() && *bytes_total_ > 0) {
    absl::StrAppend(&line, "  ", std::min<uint64_t>(100, bytes * 100 / *bytes_total_), "%");
  }
  if (now_ms < throttled_until_ms_) absl::StrAppend(&line, "  throttled");
  std::fputs(line.c_str(), stderr);
  is_on_screen_ = true;
}

void Progress::Clear() {
  if (is_on_screen_) std::fputs(kClearLine, stderr);
  is_on_screen_ = false;
}

}  // namespace penstock::cli
