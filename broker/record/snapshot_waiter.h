// SnapshotWaiter: waits for the next snapshot of a stream, for no longer than a put may be held up.
//
//   Wait ─▶ waiting ─┬─ a newer snapshot, or the stream is gone ─▶ OK
//                    ├─ wait_max_ms have gone by ─────────────────▶ OVERLOADED
//                    └─ Stop ─────────────────────────────────────▶ SHUTTING_DOWN
//
// Answers on the executor, so that neither who publishes a snapshot nor the log is held up by what
// follows. A wait holds no thread. Thread-safe. What it refers to outlives it; the executor runs
// until Stop has returned.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/stream/stream_snapshot.h"
#include "common/mutex.h"

namespace penstock::broker {

class SnapshotWaiter {
 public:
  using DoneCallback = absl::AnyInvocable<void(absl::Status) &&>;

  SnapshotWaiter(const StreamDirectory& directory, boost::asio::any_io_executor executor,
                 int64_t wait_max_ms);
  // Stops.
  ~SnapshotWaiter();
  SnapshotWaiter(const SnapshotWaiter&) = delete;
  SnapshotWaiter& operator=(const SnapshotWaiter&) = delete;

  // `done` is called once.
  void Wait(std::shared_ptr<const StreamSnapshot> seen, DoneCallback done)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all waits, and those that come. Returns when all have been answered: not on a thread of
  // the executor. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Pending;

  // The first to end a wait answers it.
  void End(const std::shared_ptr<Pending>& wait, absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);

  const StreamDirectory& directory_;
  const boost::asio::any_io_executor executor_;
  const int64_t wait_max_ms_;

  // Held alone.
  Mutex mutex_;
  CondVar all_answered_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Waits that have not been answered.
  absl::flat_hash_set<std::shared_ptr<Pending>> waits_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
