#include "client/producer/record_budget.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "common/check.h"

namespace penstock::producer {

RecordBudget::RecordBudget(Limits limits, const Clock& clock) : limits_(limits), clock_(clock) {
  epochs_.push_back({clock.MonotonicUs(), 0});
}

bool RecordBudget::HasRoom(size_t bytes) const {
  if (records_ == 0) return true;
  return records_ < limits_.records_max && bytes_ + bytes <= limits_.bytes_max;
}

void RecordBudget::PushEpoch(int64_t now_us) {
  epochs_.push_back({now_us, 0});
  while (epochs_.size() > 1 && epochs_.front().records == 0) {
    epochs_.pop_front();
    ++first_epoch_;
  }
}

absl::StatusOr<RecordBudget::Epoch> RecordBudget::Take(size_t bytes, bool may_wait) {
  bytes += kRecordOverheadBytes;
  MutexLock lock(mutex_);
  if (!door_closed_ && !HasRoom(bytes)) {
    ++times_full_;
    refused_bytes_ = bytes;
    if (!may_wait) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the producer holds ", records_, " records of ", bytes_,
                       " bytes, and has no room for another: at most ", limits_.records_max, " of ",
                       limits_.bytes_max));
    }
    ++waiting_;
    while (!door_closed_ && !HasRoom(bytes)) room_.Wait(mutex_);
    --waiting_;
  }
  if (door_closed_) return absl::FailedPreconditionError("the producer is closed");
  bytes_ += bytes;
  ++records_;
  const int64_t now_us = clock_.MonotonicUs();
  if (now_us - epochs_.back().began_us >= kEpochUs) PushEpoch(now_us);
  ++epochs_.back().records;
  return first_epoch_ + epochs_.size() - 1;
}

void RecordBudget::Give(Epoch epoch, size_t records, size_t bytes) {
  MutexLock lock(mutex_);
  const size_t total = bytes + records * kRecordOverheadBytes;
  CHECK(total <= bytes_ && records <= records_ && epoch >= first_epoch_);
  bytes_ -= total;
  records_ -= records;
  EpochCount& count = epochs_[epoch - first_epoch_];
  CHECK(records <= count.records);
  count.records -= records;
  if (count.records == 0) {
    while (epochs_.size() > 1 && epochs_.front().records == 0) {
      epochs_.pop_front();
      ++first_epoch_;
    }
    gone_.NotifyAll();
  }
  if (waiting_ > 0) room_.NotifyAll();
}

void RecordBudget::CloseDoor() {
  MutexLock lock(mutex_);
  door_closed_ = true;
  room_.NotifyAll();
}

void RecordBudget::SetWhenRoom(absl::AnyInvocable<void()> ready) {
  MutexLock lock(mutex_);
  // The one before goes with the argument, after the lock.
  std::swap(when_room_, ready);
}

absl::AnyInvocable<void()> RecordBudget::TakeReady() {
  MutexLock lock(mutex_);
  if (when_room_ == nullptr || !HasRoom(refused_bytes_)) return nullptr;
  return std::exchange(when_room_, nullptr);
}

RecordBudget::Epoch RecordBudget::BeginEpoch() {
  MutexLock lock(mutex_);
  const Epoch last = first_epoch_ + epochs_.size() - 1;
  PushEpoch(clock_.MonotonicUs());
  return last;
}

bool RecordBudget::IsGone(Epoch epoch) const {
  // Counts go to the front when all before them are gone; one further back may be gone as well.
  for (size_t i = 0; i < epochs_.size() && first_epoch_ + i <= epoch; ++i) {
    if (epochs_[i].records > 0) return false;
  }
  return true;
}

bool RecordBudget::WaitUntilGone(Epoch epoch, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(mutex_);
  while (!IsGone(epoch)) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    // In steps, as the longest wait is longer than the clock can say.
    const absl::Duration step = std::min(left, absl::Seconds(1));
    gone_.WaitFor(mutex_, absl::ToChronoNanoseconds(step));
  }
  return true;
}

RecordBudget::Usage RecordBudget::usage() const {
  MutexLock lock(mutex_);
  Usage usage{bytes_, records_, times_full_, 0};
  if (records_ > 0) {
    for (const EpochCount& epoch : epochs_) {
      if (epoch.records == 0) continue;
      usage.oldest_age_us = clock_.MonotonicUs() - epoch.began_us;
      break;
    }
  }
  return usage;
}

}  // namespace penstock::producer
