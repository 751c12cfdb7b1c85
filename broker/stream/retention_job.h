// RetentionJob: what is older than its stream's retention period goes.
//
// It goes through the shards of all streams that serve, trims each to the first record younger than
// now - retention, and lets closed shards of which nothing is left expire (shard_expiry.h); the log
// gives the space back in its own steps. A stream's turn comes once in a twelfth of its retention
// period, at least once in interval_max_ms and at most once in interval_min_ms, so that one which
// keeps its records for a minute does not keep a tenth more. Works in steps of kShardsPerStep on a
// strand of the executor, so that many shards do not keep a control thread from other work. An
// error leaves the shard for its next turn; a pass logs the first one and their number. Start once,
// then Stop; both thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/stream/pending_work.h"
#include "broker/stream/stream_editor.h"
#include "broker/stream/stream_table.h"
#include "common/clock.h"
#include "storage/shard_log.h"

namespace penstock::broker {

// All that is referred to must outlive the job.
struct RetentionJobOptions {
  const StreamTable& table;
  StreamEditor& editor;
  storage::ShardLog& log;
  boost::asio::any_io_executor executor;
  const Clock& clock;
  int64_t interval_min_ms = 5'000;
  int64_t interval_max_ms = 60'000;
};

class RetentionJob {
 public:
  static constexpr size_t kShardsPerStep = 64;

  explicit RetentionJob(RetentionJobOptions options);
  // Stops.
  ~RetentionJob();

  void Start();
  // Waits for the step under way. Not on a thread of the executor. Idempotent.
  void Stop();

 private:
  struct Target {
    ShardKey shard;
    int64_t keep_from_ms;
  };

  void WaitForNextPass();
  void BeginPass();
  bool IsTurnOf(const StreamConfig& config) const;
  absl::Status ExpireShardsOf(const StreamEditor::Snapshot& stream, int64_t now_ms);
  // Shards that are noted as expired, from the log.
  void RemoveExpired(const StreamEditor::Snapshot& stream);
  void Step();
  void NoteFailure(const absl::Status& failure);
  absl::Status TrimShard(const Target& target);

  const RetentionJobOptions options_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // The rest is used on the strand alone, but for pending_.
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  uint64_t passes_ = 0;
  std::vector<Target> targets_;
  size_t next_target_ = 0;
  size_t failures_ = 0;
  absl::Status first_failure_;
  // The chain of timer and steps counts as one.
  PendingWork pending_;
};

}  // namespace penstock::broker
