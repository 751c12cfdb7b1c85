// OutcomeMailbox: what became of lines, from the threads that learn of it to the one that reads and
// reports them, which can wait for it and for more input at once.
//
//   callbacks ──Post──> outcomes ──TakeAll──> reporter
//                  └──> wakes ──> Wait <── input that can be read
//
// Thread-safe; Wait is one thread's.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "common/mutex.h"
#include "penstock/producer.h"

namespace penstock::cli {

struct LineOutcome {
  uint64_t line = 0;
  PutOutcome outcome;
};

class OutcomeMailbox {
 public:
  OutcomeMailbox();
  ~OutcomeMailbox();
  OutcomeMailbox(const OutcomeMailbox&) = delete;
  OutcomeMailbox& operator=(const OutcomeMailbox&) = delete;

  void Post(LineOutcome outcome) ABSL_LOCKS_EXCLUDED(mutex_);
  // In the order of the Posts.
  std::vector<LineOutcome> TakeAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether TakeAll would give something.
  bool has_some() const { return has_some_.load(std::memory_order_relaxed); }

  // Until there is an outcome, or `descriptor` can be read or is at its end, or `timeout` is over,
  // whichever is first. -1: no descriptor.
  void Wait(int descriptor, absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // An eventfd, written by a Post that finds somebody waiting.
  const int wake_descriptor_;
  // Relaxed: a hint; what is taken is read under the mutex.
  std::atomic<bool> has_some_{false};
  // Held alone.
  Mutex mutex_;
  std::vector<LineOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
  bool is_waited_for_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::cli
