#include "broker/stream/stream_job.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "common/log.h"

namespace penstock::broker {

StreamJob::StreamJob(const StreamJobOptions& options, std::string stream_name,
                     std::unique_ptr<StreamTask> task, std::function<void()> ended)
    : options_(options),
      stream_name_(std::move(stream_name)),
      task_(std::move(task)),
      ended_(std::move(ended)),
      strand_(boost::asio::make_strand(options_.executor)),
      timer_(strand_) {}

void StreamJob::Start() {
  boost::asio::post(strand_, [self = shared_from_this()] { self->Step(); });
}

void StreamJob::Cancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  boost::asio::post(strand_, [self = shared_from_this()] { self->timer_.cancel(); });
}

void StreamJob::Step() {
  if (cancelled_.load(std::memory_order_relaxed)) {
    ended_();
    return;
  }
  // The log may answer on its own threads, which must not be held up, or on this one.
  task_->Step([self = shared_from_this()](absl::StatusOr<bool> more) {
    boost::asio::post(self->strand_, [self, more = std::move(more)] { self->OnStep(more); });
  });
}

void StreamJob::OnStep(const absl::StatusOr<bool>& more) {
  if (!more.ok()) {
    RetryAfter(more.status());
    return;
  }
  attempts_failed_ = 0;
  if (*more) {
    Step();
    return;
  }
  ended_();
}

void StreamJob::RetryAfter(const absl::Status& error) {
  // 2^20 times the shortest wait is past every longest one.
  const uint32_t doublings = std::min<uint32_t>(attempts_failed_++, 20);
  const int64_t wait_ms =
      std::min(options_.retry_max_ms, options_.retry_min_ms * (int64_t{1} << doublings));
  LogWarning(absl::StrCat("stream ", std::string(task_->name()), " failed, trying again"),
             {{"stream", stream_name_},
              {"failures", absl::StrCat(attempts_failed_)},
              {"retry_in_ms", absl::StrCat(wait_ms)},
              {"error", std::string(error.message())}});
  timer_.expires_after(std::chrono::milliseconds(wait_ms));
  // Cancelled or not, Step tells.
  timer_.async_wait(
      [self = shared_from_this()](const boost::system::error_code&) { self->Step(); });
}

}  // namespace penstock::broker
