// CallContext: what all calls of a client share. OutstandingCalls: the asynchronous ones that have
// not ended.
//
// The context is owned by the client and outlives every call. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

#include "client/rpc/channel_pool.h"
#include "client/rpc/completion_threads.h"
#include "client/rpc/retry_policy.h"
#include "common/mutex.h"

namespace penstock::rpc {

class Cancellable {
 public:
  // Makes the call end soon, with CANCELLED. Any number of times, from any thread.
  virtual void Cancel() = 0;

 protected:
  ~Cancellable() = default;
};

// A call is entered before it starts and removed when its callback has run.
class OutstandingCalls {
 public:
  // False once CancelAllAndWait has begun: the call must not start.
  [[nodiscard]] bool TryAdd(Cancellable* call);
  void Remove(Cancellable* call);

  // Returns when the last call is removed; not from a callback.
  void CancelAllAndWait();

 private:
  // Held while calls are cancelled, so that none goes away meanwhile. Rank: before the mutex of a
  // call.
  Mutex mutex_;
  CondVar changed_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Cancellable*> calls_ ABSL_GUARDED_BY(mutex_);
};

struct CallContext {
  ChannelPool& channels;
  CompletionThreads& threads;
  OutstandingCalls& outstanding;
  RetryDelays retry_delays;
  std::function<void(absl::Duration)> sleep;
  // Every call draws its waits from a generator of its own, seeded from here. Relaxed: only has to
  // differ.
  std::atomic<uint64_t> next_seed;

  RetrySchedule NewSchedule(CallKind kind) {
    return RetrySchedule(kind, retry_delays, next_seed.fetch_add(1, std::memory_order_relaxed));
  }
};

}  // namespace penstock::rpc
