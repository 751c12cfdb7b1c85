// PendingWork: counts work that is queued or under way elsewhere, so that its owner can stop: no
// more is let in, and the rest is waited for.
//
//   if (!pending_.TryBegin()) return ShuttingDown();
//   post(executor, [this] { ...; pending_.End(); });   // the last thing that touches `this`
//   ~Owner() { pending_.CloseAndWait(); }
//
// Thread-safe.
#pragma once

#include <cstddef>

#include "absl/base/thread_annotations.h"

#include "common/mutex.h"

namespace penstock::broker {

class PendingWork {
 public:
  // False once closed.
  bool TryBegin() {
    MutexLock lock(mutex_);
    if (closed_) return false;
    ++count_;
    return true;
  }

  // For what goes on from work that has begun, and so also when closed.
  void BeginMore() {
    MutexLock lock(mutex_);
    ++count_;
  }

  void End() {
    MutexLock lock(mutex_);
    --count_;
    // Inside the lock: the owner may be gone as soon as it sees 0.
    if (count_ == 0) ended_.NotifyAll();
  }

  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
  }

  // Not on a thread that the work needs.
  void CloseAndWait() {
    MutexLock lock(mutex_);
    closed_ = true;
    while (count_ > 0) ended_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar ended_;
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::broker
