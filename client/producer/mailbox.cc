#include "client/producer/mailbox.h"

#include <algorithm>
#include <chrono>

namespace penstock::producer {

void Mailbox::Post(Event event) {
  MutexLock lock(mutex_);
  events_.push_back(std::move(event));
  if (events_.size() == 1) changed_.NotifyOne();
}

void Mailbox::WakeBy(int64_t due_us) {
  MutexLock lock(mutex_);
  if (has_due_ && due_us_ <= due_us) return;
  has_due_ = true;
  due_us_ = due_us;
  if (due_us < waits_until_us_) changed_.NotifyOne();
}

void Mailbox::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  changed_.NotifyOne();
}

Mailbox::Taken Mailbox::Wait(int64_t until_us) {
  MutexLock lock(mutex_);
  while (events_.empty() && !stopped_) {
    const int64_t until = has_due_ ? std::min(until_us, due_us_) : until_us;
    const int64_t left_us = until - clock_.MonotonicUs();
    if (left_us <= 0) break;
    waits_until_us_ = until;
    changed_.WaitFor(mutex_, std::chrono::microseconds(left_us));
  }
  waits_until_us_ = 0;
  has_due_ = false;
  return {std::exchange(events_, {}), stopped_};
}

}  // namespace penstock::producer
