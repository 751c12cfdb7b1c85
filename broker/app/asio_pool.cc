#include "broker/app/asio_pool.h"

namespace penstock::broker {

AsioPool::AsioPool() : work_(context_.get_executor()) {}

AsioPool::~AsioPool() {
  Stop();
}

void AsioPool::Start(uint32_t threads) {
  for (uint32_t i = 0; i < threads; ++i) threads_.emplace_back([this] { context_.run(); });
}

void AsioPool::Stop() {
  context_.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace penstock::broker
