#include "broker/load/peak_history.h"

namespace penstock::broker {

void PeakHistory::Observe(const Load& per_second, int64_t now_ms) {
  const int64_t number = now_ms / kHourMs;
  Hour& hour = hours_[static_cast<size_t>(number) % hours_.size()];
  if (hour.number != number) hour = {number, {}};
  hour.peak = MaxOf(hour.peak, per_second);
}

Load PeakHistory::Peak(int64_t now_ms) const {
  const int64_t present = now_ms / kHourMs;
  Load peak;
  for (const Hour& hour : hours_) {
    if (hour.number < 0 || hour.number < present - kDays * 24) continue;
    peak = MaxOf(peak, hour.peak);
  }
  return peak;
}

}  // namespace penstock::broker
