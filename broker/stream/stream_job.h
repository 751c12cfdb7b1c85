// StreamJob: carries a stream from CREATING to ACTIVE, or from DELETING to gone.
//
//   CREATING: CreateShard for each shard ─▶ store ACTIVE ─▶ publish
//   DELETING: DeleteShard for each shard ─▶ delete from the store ─▶ unpublish
//                   │ error                      │ error
//                   └──── log, wait, again ◀─────┘          (from the step that failed)
//
// Every step can be repeated, so a job can be begun again after a crash from the stored status. It
// never gives up while the broker runs: waits double from retry_min_ms to retry_max_ms, each
// logged. Works on a strand of its own, in steps of kShardsPerStep shards that are under way together:
// no thread waits for them. Start and Cancel are thread-safe. Keeps
// itself alive until it has ended; what the context refers to must live until then.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/stream/stream_store.h"
#include "broker/stream/stream_table.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct StreamJobContext {
  StreamStore& store;
  StreamTable& table;
  storage::ShardLog& log;
  boost::asio::any_io_executor executor;
  int64_t retry_min_ms;
  int64_t retry_max_ms;
};

class StreamJob : public std::enable_shared_from_this<StreamJob> {
 public:
  static constexpr size_t kShardsPerStep = 64;

  // `stream` is CREATING or DELETING, and published. `ended` is called once, as the last thing,
  // also when cancelled.
  StreamJob(StreamJobContext context, StoredStreamEntry stream, std::function<void()> ended);

  void Start();
  // Ends it at the next step. What is left is carried on at the next start of the broker.
  void Cancel();

 private:
  void Post();
  void Step();
  // Begins a step; goes on when all its shards have answered.
  void WorkOnShards();
  // On a thread of the log's.
  void OnShardDone(size_t step_end, const absl::Status& status);
  absl::Status Finish();
  absl::Status FinishCreating();
  absl::Status FinishDeleting();
  // After another node, or a write of this one that was thought to have failed, changed the stored
  // stream: OK if nothing is left to do.
  absl::Status Reconcile();
  void RetryAfter(const absl::Status& error);
  bool creating() const;

  StreamJobContext context_;
  StoredStreamEntry stream_;
  std::function<void()> ended_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  boost::asio::steady_timer timer_;
  size_t next_shard_ = 0;
  uint32_t attempts_failed_ = 0;
  // Held alone.
  Mutex step_mutex_;
  size_t step_pending_ ABSL_GUARDED_BY(step_mutex_) = 0;
  // The first of the step.
  absl::Status step_error_ ABSL_GUARDED_BY(step_mutex_);
  // Relaxed: it orders nothing but itself.
  std::atomic<bool> cancelled_ = false;
};

}  // namespace penstock::broker
