// StreamJob: runs a StreamTask to its end, with waits after errors.
//
//   Start ─▶ task step ─┬─ more ─▶ task step ...
//                       ├─ done ─▶ ended
//                       └─ error: log, wait, the step again
//
// It never gives up while the broker runs: waits double from retry_min_ms to retry_max_ms, each
// logged. Steps begin on a strand of their own. Start and Cancel are thread-safe. Keeps itself
// alive until it has ended; what the options refer to must live until then.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/stream/stream_task.h"

namespace penstock::broker {

struct StreamJobOptions {
  boost::asio::any_io_executor executor;
  int64_t retry_min_ms;
  int64_t retry_max_ms;
};

class StreamJob : public std::enable_shared_from_this<StreamJob> {
 public:
  // `ended` is called once, as the last thing, also when cancelled.
  StreamJob(const StreamJobOptions& options, std::string stream_name,
            std::unique_ptr<StreamTask> task, std::function<void()> ended);

  void Start();
  // Ends it when the step under way has. What is left is carried on at the next start of the
  // broker.
  void Cancel();

 private:
  void Step();
  void OnStep(const absl::StatusOr<bool>& more);
  void RetryAfter(const absl::Status& error);

  const StreamJobOptions options_;
  const std::string stream_name_;
  const std::unique_ptr<StreamTask> task_;
  std::function<void()> ended_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  boost::asio::steady_timer timer_;
  uint32_t attempts_failed_ = 0;
  // Relaxed: it orders nothing but itself.
  std::atomic<bool> cancelled_ = false;
};

}  // namespace penstock::broker
