// Mailbox: what other threads tell the producer's thread, and when it has to look again. Thread-safe.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"

#include "client/producer/aggregate.h"
#include "client/producer/batch.h"
#include "client/producer/send.h"
#include "client/producer/transport.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::producer {

struct SealedEvent {
  QueueId queue = 0;
  SealedBatch batch;
};
struct ShardMapEvent {
  absl::StatusOr<ShardMapPtr> map;
};
// Send what is there.
struct FlushEvent {};

using Event = std::variant<SealedEvent, StreamEvent, ShardMapEvent, FlushEvent>;

class Mailbox {
 public:
  explicit Mailbox(const Clock& clock) : clock_(clock) {}

  void Post(Event event) ABSL_LOCKS_EXCLUDED(mutex_);
  // The thread has to look by then.
  void WakeBy(int64_t due_us) ABSL_LOCKS_EXCLUDED(mutex_);
  // The thread is to end.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  struct Taken {
    std::vector<Event> events;
    bool stopped = false;
  };
  // Waits until there is an event, or it is `until_us`, or the time of a WakeBy meanwhile.
  Taken Wait(int64_t until_us) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock& clock_;

  // Held alone.
  Mutex mutex_;
  CondVar changed_;
  std::vector<Event> events_ ABSL_GUARDED_BY(mutex_);
  // While the thread waits: until when. Otherwise far in the past, so that nobody wakes it.
  int64_t waits_until_us_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t due_us_ ABSL_GUARDED_BY(mutex_) = 0;
  bool has_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::producer
