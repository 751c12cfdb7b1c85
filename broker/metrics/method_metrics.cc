#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

MethodResult MethodResult::Of(const absl::Status& status) {
  if (status.ok()) return Ok();
  if (absl::IsCancelled(status) || absl::IsDeadlineExceeded(status)) return Cancelled();
  return Error(ReasonOf(status));
}

std::string MethodResult::CodeName() const {
  if (slot_ == kOkSlot) return "OK";
  if (slot_ == kCancelledSlot) return "CANCELLED";
  return absl::StatusCodeToString(TraitsOf(static_cast<ErrorReason>(slot_ - kFirstErrorSlot)).code);
}

std::string_view MethodResult::ReasonName() const {
  if (slot_ < kFirstErrorSlot) return "";
  return TraitsOf(static_cast<ErrorReason>(slot_ - kFirstErrorSlot)).name;
}

std::vector<MethodMeter::Count> MethodMeter::Counts() const {
  std::vector<Count> counts;
  for (size_t slot = 0; slot < ended_.size(); ++slot) {
    const uint64_t calls = ended_[slot].load(std::memory_order_relaxed);
    if (calls > 0 || slot == MethodResult::kOkSlot) counts.push_back({MethodResult(slot), calls});
  }
  return counts;
}

uint64_t MethodMeter::InFlight() const {
  // The ends first: an end that is missed here makes the number too large, never negative.
  uint64_t ended = 0;
  for (const std::atomic<uint64_t>& calls : ended_) ended += calls.load(std::memory_order_relaxed);
  const uint64_t begun = begun_.load(std::memory_order_relaxed);
  return begun > ended ? begun - ended : 0;
}

MethodMeter& MethodMetrics::Get(std::string_view method) {
  MutexLock lock(mutex_);
  auto found = meters_.find(method);
  if (found == meters_.end())
    found = meters_.emplace(method, std::make_unique<MethodMeter>(clock_)).first;
  return *found->second;
}

std::vector<MethodMetrics::Entry> MethodMetrics::All() const {
  MutexLock lock(mutex_);
  std::vector<Entry> all;
  all.reserve(meters_.size());
  for (const auto& [method, meter] : meters_) all.push_back({method, meter.get()});
  return all;
}

}  // namespace penstock::broker
