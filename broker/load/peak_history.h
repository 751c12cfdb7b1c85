// PeakHistory: the largest load of each hour of the last kDays.
//
// 2.7 KiB, however long it runs. Kept in memory: after a restart it begins anew, and since_ms says
// how far it reaches. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>

#include "broker/load/load.h"

namespace penstock::broker {

class PeakHistory {
 public:
  static constexpr int64_t kDays = 7;
  static constexpr int64_t kHourMs = 3'600'000;

  explicit PeakHistory(int64_t now_ms) : since_ms_(now_ms) {}

  // `per_second` as it is now. Times never go back.
  void Observe(const Load& per_second, int64_t now_ms);

  // Of the last kDays, and the hour under way.
  Load Peak(int64_t now_ms) const;
  int64_t since_ms() const { return since_ms_; }

 private:
  struct Hour {
    int64_t number = -1;
    Load peak;
  };

  int64_t since_ms_;
  std::array<Hour, kDays * 24 + 1> hours_;
};

}  // namespace penstock::broker
