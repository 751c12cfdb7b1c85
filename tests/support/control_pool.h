// ControlPool: an executor with threads, for components that post their work; and waits with
// deadlines.
#pragma once

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace penstock::testing {

inline constexpr std::chrono::seconds kTestDeadline{20};

class ControlPool {
 public:
  explicit ControlPool(int threads = 2) : work_(context_.get_executor()) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  // What was posted to it must have ended: nothing more is run.
  ~ControlPool() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  boost::asio::any_io_executor executor() { return context_.get_executor(); }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

// Whether `condition` came true before the deadline.
template <typename Condition>
bool WaitUntil(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace penstock::testing
