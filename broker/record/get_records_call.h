// GetRecordsCall: one GetRecords under way, with its wait for records if it may wait.
//
//   Start ─▶ read ─┬─ records, or no wait asked for ──────────────────────▶ answer
//                  └─ none ─▶ waiting ─┬─ records ─┐
//                                      ├─ deadline ┼─▶ read once more ────▶ answer
//                                      ├─ Stop ────┘
//                                      └─ Cancel ─────────────────────────▶ answer (CANCELLED)
//
// Reads run on the executor: they may go to disk, and neither gRPC's nor the log's threads may
// block. While it waits, a call holds no thread: a timer and a wait in the log hold it alive, and
// whichever comes first wakes it. It waits once; a wake-up without records answers with none.
//
// Thread-safe. Shared by the plane and by what it waits for; the answer is given exactly once, on
// the executor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/record/read_budget.h"
#include "broker/record/record_collector.h"
#include "broker/record/shard_position.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct GetRecordsResult {
  CollectedRecords collected;
  // Empty when the shard is closed and read to its end.
  std::string next_shard_iterator;
  int64_t millis_behind_latest = 0;
  uint64_t records_behind_latest = 0;
  // For `collected`: keep it until the answer is sent.
  ReadBudget::Charge charge;
};

using GetRecordsCallback = absl::AnyInvocable<void(absl::StatusOr<GetRecordsResult>) &&>;

class GetRecordsCall;

// What calls read with, and who is told when one has answered. Outlives all calls.
struct GetRecordsContext {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const TokenCodec* tokens = nullptr;
  const Clock* clock = nullptr;
  boost::asio::any_io_executor executor;
  std::shared_ptr<ReadBudget> budget;
  // Called last, after the answer; the call touches the context no more.
  absl::AnyInvocable<void(GetRecordsCall*) const> on_answered;
};

class GetRecordsCall : public std::enable_shared_from_this<GetRecordsCall> {
 public:
  struct Request {
    ShardPosition position;
    // Who takes the answer (ReadBudget).
    std::string connection;
    uint32_t limit = 0;
    std::chrono::milliseconds max_wait{0};
  };

  GetRecordsCall(GetRecordsContext& context, const Request& request, GetRecordsCallback done);

  // Either of these, once.
  void Start();
  // Answers with an error instead, on the calling thread.
  void Refuse(absl::Status error);
  // The caller no longer wants the answer: ends the wait. The callback is still called.
  void Cancel();
  // Ends the wait, or keeps it from beginning; what is there is answered.
  void StopWaiting();

 private:
  // kReading is also the state before the first read and after the answer.
  enum class State { kReading, kWaiting };
  enum class Cause { kRecords, kDeadline, kStop, kCancel };

  // Posts Run.
  void Post();
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Cancelled() ABSL_LOCKS_EXCLUDED(mutex_);
  // Moves next_ past what it gives, or up to the trim horizon.
  absl::StatusOr<GetRecordsResult> Read();
  absl::StatusOr<CollectedRecords> Collect(storage::ShardBounds* bounds);
  absl::StatusOr<GetRecordsResult> Describe(CollectedRecords collected,
                                            const storage::ShardBounds& bounds,
                                            const ShardInfo& shard);
  bool MayWait() ABSL_LOCKS_EXCLUDED(mutex_);
  void Wait() ABSL_LOCKS_EXCLUDED(mutex_);
  void Wake(Cause cause) ABSL_LOCKS_EXCLUDED(mutex_);
  void Answer(absl::StatusOr<GetRecordsResult> result);

  GetRecordsContext& context_;
  const ShardKey shard_;
  const std::string connection_;
  const uint32_t limit_;
  const std::chrono::milliseconds max_wait_;

  // Used by Run alone, which is never under way twice: only a wake-up from kWaiting posts it again.
  SequenceNumber next_;
  GetRecordsCallback done_;
  ReadBudget::Charge wait_charge_;

  // Guards the wait. Not held when the log is called: it may call back at once.
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  bool no_more_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  storage::WaitId wait_ ABSL_GUARDED_BY(mutex_) = 0;
  // Only made by calls that wait.
  std::optional<boost::asio::steady_timer> deadline_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
