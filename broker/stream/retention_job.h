// RetentionJob: trims what is older than its stream's retention period.
//
// Once in interval_ms it goes through the shards of all streams that serve, and trims each to the
// first record younger than now - retention; the log gives the space back in its own steps. Works
// in steps of kShardsPerStep on a strand of the executor, so that many shards do not keep a control
// thread from other work. An error leaves the shard for the next pass; a pass logs the first one
// and their number. Start once, then Stop; both thread-safe.
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
#include "broker/stream/stream_table.h"
#include "common/clock.h"
#include "storage/shard_log.h"

namespace penstock::broker {

// All that is referred to must outlive the job.
struct RetentionJobOptions {
  const StreamTable& table;
  storage::ShardLog& log;
  boost::asio::any_io_executor executor;
  const Clock& clock;
  int64_t interval_ms = 60'000;
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
  void Step();
  absl::Status TrimShard(const Target& target);

  const RetentionJobOptions options_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // The rest is used on the strand alone, but for pending_.
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  std::vector<Target> targets_;
  size_t next_target_ = 0;
  size_t failures_ = 0;
  absl::Status first_failure_;
  // The chain of timer and steps counts as one.
  PendingWork pending_;
};

}  // namespace penstock::broker
