// PeriodicTimer: calls a function again and again on an executor, one call at a time.
//
// The interval lies between the end of a call and the beginning of the next. Start once, then Stop;
// both thread-safe. The executor runs until Stop has returned.
#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/stream/pending_work.h"

namespace penstock::broker {

class PeriodicTimer {
 public:
  // `tick` may block as long as a thread of the executor may. It may call End.
  PeriodicTimer(const boost::asio::any_io_executor& executor, int64_t interval_ms,
                std::function<void()> tick);
  // Stops.
  ~PeriodicTimer();

  // The first call comes at once.
  void Start();
  // The first call comes after the interval.
  void StartLater();
  // From the tick: it was the last one.
  void End() { ended_ = true; }
  // Afterwards nothing is called any more: waits for the call under way. Not on a thread of the
  // executor. Idempotent.
  void Stop();

 private:
  void Tick();
  void Wait();

  const int64_t interval_ms_;
  const std::function<void()> tick_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // Both are used on the strand alone.
  boost::asio::steady_timer timer_;
  bool ended_ = false;
  // The chain of calls counts as one.
  PendingWork pending_;
};

}  // namespace penstock::broker
