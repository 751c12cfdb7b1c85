// ShardReader: what StreamTail reads shards with, one answer after the other. ShardEvents: the way
// of the answers from the client's threads to the one that reads.
//
//   Start(shard) ──> answer ──Next──> answer ──Next──> ... ──> answer that ends, or an error
//
// Two of them: PollingReader asks with long-polls (polling_reader.h), PushReader is a registered
// consumer that is pushed records (push_reader.h). A reader is used by one thread; what its
// callbacks touch is shared with them.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/mutex.h"
#include "penstock/records.h"

namespace penstock::cli {

struct ShardAnswer {
  std::vector<ReceivedRecord> records = {};
  // AfterSequenceNumber of this goes on behind `records`; absent where nothing new is known.
  std::optional<uint64_t> continuation_sequence_number = {};
  uint64_t records_behind_latest = 0;
  // The shard is closed and read to its end.
  bool has_ended = false;
  std::vector<ChildShard> child_shards = {};
  // The reader's own, for ShardReader::Next.
  std::string next_shard_iterator = {};
};

struct ShardEvent {
  std::string shard_id;
  absl::StatusOr<ShardAnswer> answer;
};

// Thread-safe.
class ShardEvents {
 public:
  void Push(ShardEvent event);
  // Waits while there are as many as memory should hold. What is pushed after Close is dropped.
  void PushWhenThereIsRoom(ShardEvent event);
  // Nothing if there is none within `timeout`.
  std::optional<ShardEvent> Pop(absl::Duration timeout);
  // Lets go who waits for room.
  void Close();

 private:
  // Guards the queue; no other is taken while it is held.
  Mutex mutex_;
  CondVar changed_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<ShardEvent> events_ ABSL_GUARDED_BY(mutex_);
};

class ShardReader {
 public:
  virtual ~ShardReader() = default;

  // Begins to read, or begins again where an error ended it. The answer comes as an event.
  virtual absl::Status Start(const std::string& shard_id, const IteratorPosition& from) = 0;
  // Asks for what follows `last`.
  virtual void Next(const std::string& shard_id, const ShardAnswer& last) = 0;

  enum class OnError {
    kFail,
    // Start from where it was, now or after a moment.
    kStartAgain,
    kStartAgainLater,
  };
  // `has_answered`: there was an answer since the shard was started last.
  virtual OnError Judge(const absl::Status& error, bool has_answered) const = 0;
};

}  // namespace penstock::cli
