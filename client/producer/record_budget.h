// RecordBudget: the room that a producer's records take until they are stored or have failed, and
// who waits for it.
//
//   Take ──> room? ──yes──> counted in the youngest epoch ──> Give
//              └no──> waits, or RESOURCE_EXHAUSTED
//
// Epochs are what Flush waits by: all records taken before it are of older epochs than those after.
// One begins with each Flush, and after every kEpochUs of Takes, so that they also tell how old the
// oldest record is.
//
// Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::producer {

class RecordBudget {
 public:
  using Epoch = uint64_t;

  // What a record takes beside its data and keys: what is kept of it while its batch is under way.
  static constexpr size_t kRecordOverheadBytes = 100;
  static constexpr int64_t kEpochUs = 100'000;

  struct Limits {
    size_t bytes_max = 0;
    size_t records_max = 0;
  };
  RecordBudget(Limits limits, const Clock& clock);

  // Room for one record of `bytes` (overhead not included). A record larger than all the room is
  // let in when nothing else is there. RESOURCE_EXHAUSTED, where it may not wait; FAILED_PRECONDITION
  // after CloseDoor.
  absl::StatusOr<Epoch> Take(size_t bytes, bool may_wait) ABSL_LOCKS_EXCLUDED(mutex_);

  // Gives back the room of `records` records of `bytes` together, of one epoch.
  void Give(Epoch epoch, size_t records, size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  // Take fails from now on, and ends its waits.
  void CloseDoor() ABSL_LOCKS_EXCLUDED(mutex_);

  // `ready` is kept until there is room for as much as was refused last, and then returned by
  // TakeReady; at once where there is.
  void SetWhenRoom(absl::AnyInvocable<void()> ready) ABSL_LOCKS_EXCLUDED(mutex_);
  // What is due to be called; null if nothing is.
  absl::AnyInvocable<void()> TakeReady() ABSL_LOCKS_EXCLUDED(mutex_);

  // Records taken from now on are of a younger epoch than the one returned.
  Epoch BeginEpoch() ABSL_LOCKS_EXCLUDED(mutex_);
  // False if records of `epoch` or older are still there after `timeout`.
  bool WaitUntilGone(Epoch epoch, absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

  struct Usage {
    size_t bytes = 0;
    size_t records = 0;
    uint64_t times_full = 0;
    // Of the oldest record, within kEpochUs; 0 if there is none.
    int64_t oldest_age_us = 0;
  };
  Usage usage() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct EpochCount {
    int64_t began_us = 0;
    size_t records = 0;
  };

  bool HasRoom(size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PushEpoch(int64_t now_us) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsGone(Epoch epoch) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  const Clock& clock_;

  // Held alone.
  mutable Mutex mutex_;
  CondVar room_;
  CondVar gone_;
  bool door_closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t records_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t times_full_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the last record that found no room, its overhead included.
  size_t refused_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::AnyInvocable<void()> when_room_ ABSL_GUARDED_BY(mutex_);
  // Never empty; the front one has records unless it is the last.
  std::deque<EpochCount> epochs_ ABSL_GUARDED_BY(mutex_);
  Epoch first_epoch_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace penstock::producer
