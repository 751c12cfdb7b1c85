// AsioPool: the threads that the control plane, timers and waiting reads run on.
//
// A fixed number of threads on one Boost.Asio context. Handlers may block on the disk for a moment,
// not for longer: they keep the others waiting. Start and Stop once each, by one thread.
#pragma once

#include <cstdint>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace penstock::broker {

class AsioPool {
 public:
  AsioPool();
  // Stops.
  ~AsioPool();

  void Start(uint32_t threads);
  // Ends the threads; handlers that have not begun do not run any more, so everything that posts
  // here has been stopped before. Idempotent.
  void Stop();

  boost::asio::any_io_executor executor() { return context_.get_executor(); }

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

}  // namespace penstock::broker
