#include "broker/app/health_watch.h"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

namespace penstock::broker {

HealthWatch::HealthWatch(HealthWatchOptions options)
    : options_(std::move(options)),
      strand_(boost::asio::make_strand(options_.executor)),
      timer_(strand_) {}

HealthWatch::~HealthWatch() {
  Stop();
}

void HealthWatch::Start() {
  if (!pending_.TryBegin()) return;
  boost::asio::post(strand_, [this] { Check(); });
}

void HealthWatch::Stop() {
  if (pending_.TryBegin()) {
    boost::asio::post(strand_, [this] {
      stopping_ = true;
      timer_.cancel();
      pending_.End();
    });
  }
  pending_.CloseAndWait();
}

void HealthWatch::Check() {
  if (stopping_) {
    pending_.End();
    return;
  }
  if (const absl::Status health = options_.health(); !health.ok()) {
    options_.on_failure(health);
    pending_.End();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(options_.interval_ms));
  // Cancelled or not, Check tells.
  timer_.async_wait([this](const boost::system::error_code&) { Check(); });
}

}  // namespace penstock::broker
