#include "client/producer/fork.h"

#include <atomic>
#include <pthread.h>

namespace penstock::producer {
namespace {

// Relaxed: written in a child that has one thread.
std::atomic<uint64_t> generation{0};

}  // namespace

uint64_t ForkGeneration() {
  static const int registered =
      pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace penstock::producer
