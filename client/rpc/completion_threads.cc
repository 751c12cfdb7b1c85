#include "client/rpc/completion_threads.h"

#include "common/check.h"

namespace penstock::rpc {

void EventQueue::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    handed_over_.load(std::memory_order_acquire);
    static_cast<Operation*>(tag)->OnEvent(ok);
  }
}

CompletionThreads::CompletionThreads(int thread_count) {
  for (int i = 0; i < thread_count; ++i) queues_.push_back(std::make_unique<EventQueue>());
  for (const auto& queue : queues_) threads_.emplace_back(&EventQueue::Run, queue.get());
}

CompletionThreads::~CompletionThreads() {
  Stop();
}

EventQueue& CompletionThreads::Next() {
  return *queues_[turn_.fetch_add(1, std::memory_order_relaxed) % queues_.size()];
}

void CompletionThreads::Stop() {
  if (threads_.empty()) return;
  for (const auto& queue : queues_) queue->queue().Shutdown();
  for (std::thread& thread : threads_) {
    CHECK(thread.get_id() != std::this_thread::get_id());
    thread.join();
  }
  threads_.clear();
}

}  // namespace penstock::rpc
