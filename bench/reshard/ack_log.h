// AckLog: when puts were acknowledged and how long they took, by the threads of a benchmark; and
// what a stretch of time looks like to the one who puts.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "common/mutex.h"

namespace penstock::bench {

struct Stretch {
  absl::Time begin;
  absl::Time end;
};

struct StretchResult {
  // Longest time without an acknowledged put, its ends in the stretch included.
  double gap_ms = 0;
  // Of the puts acknowledged in it; 0 if there is none.
  double slowest_put_ms = 0;
};

class AckLog {
 public:
  void Add(absl::Time begun, absl::Time acknowledged);
  size_t size() const;
  // Of stretches that lie apart, in any order.
  std::vector<StretchResult> Look(const std::vector<Stretch>& stretches) const;

 private:
  struct Ack {
    absl::Time at;
    absl::Duration took;
  };

  mutable Mutex mutex_;
  std::vector<Ack> acks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::bench
