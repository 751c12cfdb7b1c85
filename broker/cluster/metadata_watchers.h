// MetadataWatchers: the watches of a metadata store, and the delivery of its events to them.
//
// A writer enqueues its event while it holds the store's lock, so that the queue is in order of
// revision, and delivers after it has let go:
//
//   writer A: [lock, write, Enqueue 7]  Deliver: 7, 8 ──▶ callbacks
//   writer B:      [lock, write, Enqueue 8]  Deliver: A is at it, return
//
// One thread delivers at a time; the others leave their events to it. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"

#include "broker/cluster/metadata_store.h"
#include "common/mutex.h"

namespace penstock::broker {

class MetadataWatchers {
 public:
  // CHECKs that no watch is left.
  ~MetadataWatchers();

  std::unique_ptr<MetadataWatch> Add(std::string_view prefix, MetadataCallback callback);
  void Enqueue(MetadataEvent event);
  // Calls the callbacks of all events enqueued, unless another thread, or a caller further up this
  // one, is doing so: then that one does.
  void Deliver();

 private:
  class Handle;
  struct Watch {
    std::string prefix;
    // Shared, so that it can be called while its watch is being removed by itself.
    std::shared_ptr<MetadataCallback> callback;
  };

  void Remove(uint64_t id);
  // Calls one callback, if its watch is still there.
  void Call(uint64_t id, const MetadataEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  CondVar call_ended_;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<uint64_t, Watch> watches_ ABSL_GUARDED_BY(mutex_);
  // Drained by every write: as long as there are writers at the same time.
  std::deque<MetadataEvent> events_ ABSL_GUARDED_BY(mutex_);
  bool delivering_ ABSL_GUARDED_BY(mutex_) = false;
  // The watch whose callback runs, or 0, and where.
  uint64_t calling_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread::id calling_thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
