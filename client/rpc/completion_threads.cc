#include "client/rpc/completion_threads.h"

#include "common/check.h"

namespace penstock::rpc {
namespace {

void Run(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Operation*>(tag)->OnEvent(ok);
}

}  // namespace

CompletionThreads::CompletionThreads(int thread_count) {
  for (int i = 0; i < thread_count; ++i)
    queues_.push_back(std::make_unique<grpc::CompletionQueue>());
  for (const auto& queue : queues_) threads_.emplace_back(Run, queue.get());
}

CompletionThreads::~CompletionThreads() {
  Stop();
}

grpc::CompletionQueue& CompletionThreads::Next() {
  return *queues_[turn_.fetch_add(1, std::memory_order_relaxed) % queues_.size()];
}

void CompletionThreads::Stop() {
  if (threads_.empty()) return;
  for (const auto& queue : queues_) queue->Shutdown();
  for (std::thread& thread : threads_) {
    CHECK(thread.get_id() != std::this_thread::get_id());
    thread.join();
  }
  threads_.clear();
}

}  // namespace penstock::rpc
