// Progress: one line on the terminal that follows long work: "12,000 records  3.4 MiB  47,120/s
// 61%".
//
// Written to standard error, ten times a second at most, and only if that is a terminal; Clear
// takes it away again. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

#include "common/clock.h"

namespace penstock::cli {

class Progress {
 public:
  // `bytes_total` is what the work will come to, where that is known.
  Progress(const Clock& clock, bool is_shown, std::optional<uint64_t> bytes_total);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // The line says "throttled" for a second after each Throttled.
  void Update(uint64_t records, uint64_t bytes);
  // The broker lets through only so much: the work waits for that.
  void Throttled() { throttled_until_ms_ = clock_.MonotonicMs() + kThrottledShownMs; }
  void Clear();

  absl::Duration elapsed() const { return absl::Milliseconds(clock_.MonotonicMs() - started_ms_); }

 private:
  static constexpr int64_t kThrottledShownMs = 1'000;

  const Clock& clock_;
  const bool is_shown_;
  const std::optional<uint64_t> bytes_total_;
  const int64_t started_ms_;
  int64_t next_update_ms_;
  int64_t throttled_until_ms_;
  bool is_on_screen_ = false;
};

}  // namespace penstock::cli
