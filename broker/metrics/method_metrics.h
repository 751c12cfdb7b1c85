// MethodMetrics: how often each method of the API was called, how it ended, and how long it took.
//
//   MethodMeter& meter = metrics.Get("penstock.v1.Records/PutRecord");   // once a method
//   const MethodCall call(&meter);
//   ...
//   call.End(MethodResult::Of(status));
//
// The doors count here. A meter lives as long as the metrics and costs a look at the clock and two
// relaxed atomic additions at each end of a call. Errors are counted by reason (common/error.h), so that a table of fixed size
// holds them all. The methods are those of the API: few, and never removed. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/latency_histogram.h"
#include "common/mutex.h"

namespace penstock::broker {

// How a call ended.
class MethodResult {
 public:
  static MethodResult Ok() { return MethodResult(kOkSlot); }
  // Without a reason of ours: the caller went, its deadline passed, or the transport refused.
  static MethodResult Cancelled() { return MethodResult(kCancelledSlot); }
  static MethodResult Error(ErrorReason reason) {
    return MethodResult(kFirstErrorSlot + static_cast<size_t>(reason));
  }
  // OK, CANCELLED or DEADLINE_EXCEEDED without a reason, or an error of the table.
  static MethodResult Of(const absl::Status& status);

  // "OK", "CANCELLED" or the canonical code of the error: "NOT_FOUND".
  std::string CodeName() const;
  // "STREAM_NOT_FOUND"; empty unless it is an error of the table.
  std::string_view ReasonName() const;

  friend bool operator==(MethodResult, MethodResult) = default;

 private:
  friend class MethodMeter;
  friend class MethodCall;

  static constexpr size_t kOkSlot = 0;
  static constexpr size_t kCancelledSlot = 1;
  static constexpr size_t kFirstErrorSlot = 2;
  static constexpr size_t kSlots =
      kFirstErrorSlot + static_cast<size_t>(ErrorReason::kInternalFailure) + 1;

  explicit MethodResult(size_t slot) : slot_(slot) {}

  size_t slot_;
};

class MethodMeter {
 public:
  explicit MethodMeter(const Clock& clock) : clock_(clock) {}

  struct Count {
    MethodResult result;
    uint64_t calls = 0;
  };

  // OK always, and every other result that there was.
  std::vector<Count> Counts() const;
  uint64_t InFlight() const;
  LatencyHistogram::Snapshot Duration() const { return duration_.snapshot(); }

 private:
  friend class MethodCall;

  const Clock& clock_;
  // Relaxed: the counts order nothing but themselves.
  std::atomic<uint64_t> begun_ = 0;
  std::array<std::atomic<uint64_t>, MethodResult::kSlots> ended_ = {};
  LatencyHistogram duration_;
};

// A call under way, from here to End. A small value, to be kept with the call; End once.
class MethodCall {
 public:
  // Null: not counted.
  explicit MethodCall(MethodMeter* meter)
      : meter_(meter), began_us_(meter == nullptr ? 0 : meter->clock_.MonotonicUs()) {
    if (meter_ != nullptr) meter_->begun_.fetch_add(1, std::memory_order_relaxed);
  }

  void End(MethodResult result) const {
    if (meter_ == nullptr) return;
    meter_->ended_[result.slot_].fetch_add(1, std::memory_order_relaxed);
    meter_->duration_.Record(meter_->clock_.MonotonicUs() - began_us_);
  }

 private:
  MethodMeter* meter_;
  int64_t began_us_;
};

class MethodMetrics {
 public:
  // `clock` must outlive the metrics.
  explicit MethodMetrics(const Clock& clock = SystemClock::Get()) : clock_(clock) {}

  // `method` is "service/method". The same meter each time.
  MethodMeter& Get(std::string_view method) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Entry {
    std::string method;
    const MethodMeter* meter;
  };
  // In order of name.
  std::vector<Entry> All() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock& clock_;
  // Held alone.
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<MethodMeter>, std::less<>> meters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
