// StatusJoin: many answers become one.
//
//   auto join = StatusJoin::Make(done);
//   for (...) log.CreateShard(key, shard, StatusJoin::Arrival(join));
//   join.reset();            // `done` runs when the last arrival has, with the first error or OK
//
// The arrivals own it: `done` is called by whoever lets go last. Thread-safe.
#pragma once

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

#include "common/mutex.h"

namespace penstock::broker {

class StatusJoin {
 public:
  using DoneCallback = absl::AnyInvocable<void(absl::Status) &&>;

  static std::shared_ptr<StatusJoin> Make(DoneCallback done) {
    return std::shared_ptr<StatusJoin>(new StatusJoin(std::move(done)));
  }
  ~StatusJoin() { std::move(done_)(std::move(first_error_)); }
  StatusJoin(const StatusJoin&) = delete;
  StatusJoin& operator=(const StatusJoin&) = delete;

  static DoneCallback Arrival(std::shared_ptr<StatusJoin> join) {
    return [join = std::move(join)](absl::Status status) { join->Note(std::move(status)); };
  }

  void Note(absl::Status status) {
    MutexLock lock(mutex_);
    if (first_error_.ok()) first_error_ = std::move(status);
  }

 private:
  explicit StatusJoin(DoneCallback done) : done_(std::move(done)) {}

  DoneCallback done_;
  Mutex mutex_;
  absl::Status first_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
