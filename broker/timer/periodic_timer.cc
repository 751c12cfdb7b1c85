#include "broker/timer/periodic_timer.h"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

namespace penstock::broker {

PeriodicTimer::PeriodicTimer(const boost::asio::any_io_executor& executor, int64_t interval_ms,
                             std::function<void()> tick)
    : interval_ms_(interval_ms),
      tick_(std::move(tick)),
      strand_(boost::asio::make_strand(executor)),
      timer_(strand_) {}

PeriodicTimer::~PeriodicTimer() {
  Stop();
}

void PeriodicTimer::Start() {
  if (!pending_.TryBegin()) return;
  boost::asio::post(strand_, [this] { Tick(); });
}

void PeriodicTimer::StartLater() {
  if (!pending_.TryBegin()) return;
  boost::asio::post(strand_, [this] { Wait(); });
}

void PeriodicTimer::Stop() {
  if (pending_.TryBegin()) {
    boost::asio::post(strand_, [this] {
      ended_ = true;
      timer_.cancel();
      pending_.End();
    });
  }
  pending_.CloseAndWait();
}

void PeriodicTimer::Tick() {
  if (!ended_) tick_();
  Wait();
}

void PeriodicTimer::Wait() {
  if (ended_) {
    pending_.End();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(interval_ms_));
  // Cancelled or not: ended_ tells.
  timer_.async_wait([this](const boost::system::error_code&) { Tick(); });
}

}  // namespace penstock::broker
