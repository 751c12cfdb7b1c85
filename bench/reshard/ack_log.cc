#include "bench/reshard/ack_log.h"

#include <algorithm>

namespace penstock::bench {

void AckLog::Add(absl::Time begun, absl::Time acknowledged) {
  MutexLock lock(mutex_);
  acks_.push_back({acknowledged, acknowledged - begun});
}

size_t AckLog::size() const {
  MutexLock lock(mutex_);
  return acks_.size();
}

std::vector<StretchResult> AckLog::Look(const std::vector<Stretch>& stretches) const {
  std::vector<Ack> acks;
  {
    MutexLock lock(mutex_);
    acks = acks_;
  }
  std::sort(acks.begin(), acks.end(), [](const Ack& a, const Ack& b) { return a.at < b.at; });
  std::vector<StretchResult> results;
  for (const Stretch& stretch : stretches) {
    StretchResult result;
    absl::Duration gap;
    absl::Duration slowest;
    absl::Time last = stretch.begin;
    auto ack = std::lower_bound(acks.begin(), acks.end(), stretch.begin,
                                [](const Ack& a, absl::Time begin) { return a.at < begin; });
    for (; ack != acks.end() && ack->at <= stretch.end; ++ack) {
      gap = std::max(gap, ack->at - last);
      slowest = std::max(slowest, ack->took);
      last = ack->at;
    }
    gap = std::max(gap, stretch.end - last);
    result.gap_ms = absl::ToDoubleMilliseconds(gap);
    result.slowest_put_ms = absl::ToDoubleMilliseconds(slowest);
    results.push_back(result);
  }
  return results;
}

}  // namespace penstock::bench
