// GetRecordsCall: one GetRecords under way, with its wait for records if it may wait.
//
//   Start ─▶ read ─┬─ records, the end, or no wait asked for ──────────────▶ answer
//              ▲   └─ none ─▶ waiting ─┬─ records ─┐
//              │                       ├─ sealed ──┤
//              │                       ├─ snapshot ┘
//              ├───────────────────────┘
//              └─ for the last time ◀──┬─ deadline
//                                      ├─ Stop
//                                      └─ Cancel ──────────────────────────▶ answer (CANCELLED)
//
// It waits for records at the tip of a shard. Where the shard's log is sealed and the stream's
// snapshot shows it open still, no record will come but the snapshot that names its children: it
// waits for that. A wake-up of the log that brought neither records nor the seal is the log's end,
// and answers with none.
//
// Reads run on the executor: they may go to disk, and neither gRPC's nor the log's threads may
// block. While it waits, a call holds no thread: a timer and a wait hold it alive, and whichever
// comes first wakes it.
//
// Thread-safe. Shared by the plane and by what it waits for; the answer is given exactly once, on
// the executor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "broker/metrics/stream_meters.h"
#include "broker/record/child_shards.h"
#include "broker/record/read_budget.h"
#include "broker/record/read_limiter.h"
#include "broker/record/record_collector.h"
#include "broker/record/shard_position.h"
#include "broker/record/shard_reader.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct GetRecordsResult {
  ShardKey shard;
  CollectedRecords collected;
  // Empty when the shard is closed and read to its end, and only then there are children.
  std::string next_shard_iterator;
  std::vector<ChildShard> child_shards;
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
  boost::asio::any_io_executor executor;
  std::shared_ptr<ReadBudget> budget;
  const ShardReader* reader = nullptr;
  // Null: no limits.
  ReadLimiter* limiter = nullptr;
  const Clock* clock = nullptr;
  // Null: nobody counts.
  StreamMeters* meters = nullptr;
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
    bool dry_run = false;
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
  enum class Cause { kLog, kSnapshot, kDeadline, kStop, kCancel };

  // Posts Run.
  void Post();
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  bool Cancelled() ABSL_LOCKS_EXCLUDED(mutex_);
  // Moves next_ past what it gives, or up to the trim horizon.
  absl::StatusOr<ShardRead> Read();
  absl::StatusOr<GetRecordsResult> Describe(ShardRead read) const;
  bool MayWaitAfter(const ShardRead& read) ABSL_LOCKS_EXCLUDED(mutex_);
  // For records, or, of a sealed shard, for the next snapshot.
  void Wait(bool sealed) ABSL_LOCKS_EXCLUDED(mutex_);
  void CancelWait(uint64_t wait, bool for_snapshot);
  void StartDeadline() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake(Cause cause) ABSL_LOCKS_EXCLUDED(mutex_);
  void Meter(const absl::StatusOr<GetRecordsResult>& result) const;
  void Answer(absl::StatusOr<GetRecordsResult> result) ABSL_LOCKS_EXCLUDED(mutex_);

  GetRecordsContext& context_;
  const ShardKey shard_;
  const std::string connection_;
  const uint32_t limit_;
  const std::chrono::milliseconds max_wait_;
  const bool dry_run_;

  // Used by Run alone, which is never under way twice: only a wake-up from kWaiting posts it again.
  SequenceNumber next_;
  int64_t read_us_ = 0;
  GetRecordsCallback done_;
  bool admitted_ = false;
  bool wait_charged_ = false;
  ReadBudget::Charge wait_charge_;
  // As of the last read.
  std::shared_ptr<const StreamSnapshot> stream_;

  // Guards the wait. Not held when the log or the directory is called: they may call back at once.
  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  bool no_more_waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // The log or the directory has called since the last read began; the log did last.
  bool called_ ABSL_GUARDED_BY(mutex_) = false;
  bool log_called_ ABSL_GUARDED_BY(mutex_) = false;
  // A wait of the log, or of the directory.
  uint64_t wait_ ABSL_GUARDED_BY(mutex_) = 0;
  bool wait_is_for_snapshot_ ABSL_GUARDED_BY(mutex_) = false;
  // Made by the first wait; goes on until the answer.
  std::optional<boost::asio::steady_timer> deadline_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
