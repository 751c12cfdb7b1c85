// The retry stage: what becomes of a batch that the broker did not store, and when it is sent
// again. Pure, but for the random part of the waits.
#pragma once

#include <cstdint>
#include <random>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace penstock::producer {

enum class Verdict {
  // Will pass: the broker is busy, stops, has no disk, lost its key. To be sent again.
  kAgain,
  // The same, by the stream's limits (THROUGHPUT_EXCEEDED).
  kThrottled,
  // A batch before it is missing: once that is there.
  kGap,
  // The shard takes no more: this batch is not in it, and never will be.
  kShardClosed,
  // The stream or the shard is gone.
  kGone,
  // Will be refused again, whenever it is sent.
  kFail,
};

// `error` is not OK, and of a batch or of the stream that carried it.
Verdict Judge(const absl::Status& error);

// The waits of what fails again and again: random, up to a bound that doubles ("full jitter").
class Backoff {
 public:
  struct Delays {
    absl::Duration initial;
    absl::Duration max;
  };
  Backoff(Delays delays, uint64_t seed) : delays_(delays), window_(delays.initial), random_(seed) {}

  // How long to wait now: at least what the broker asks for in `error`, in microseconds.
  int64_t NextUs(const absl::Status& error);
  void Reset() { window_ = delays_.initial; }

 private:
  Delays delays_;
  absl::Duration window_;
  std::minstd_rand random_;
};

}  // namespace penstock::producer
