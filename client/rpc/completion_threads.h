// CompletionThreads: the threads that asynchronous calls end on, and their timers.
//
//   start ──> call under way ──> event ──> Operation::OnEvent on one of the threads
//
// Each thread waits on a gRPC completion queue of its own; operations are spread over them in turn.
// gRPC's callback API would need no threads here, but those of version 1.51 sleep up to 100 ms
// after a second without calls.
//
// Stop ends the threads when every event is delivered: whoever started operations has to end them
// first. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <grpcpp/completion_queue.h>

namespace penstock::rpc {

// Something with an event on its way. Its address is the tag of the event.
class Operation {
 public:
  virtual ~Operation() = default;
  // `ok` is false for a timer that was cancelled. May delete the operation.
  virtual void OnEvent(bool ok) = 0;
};

class CompletionThreads {
 public:
  explicit CompletionThreads(int thread_count);
  ~CompletionThreads();

  // The queue whose thread runs the next operation.
  grpc::CompletionQueue& Next();

  // No operation may be started any more. Returns when all events are delivered; not from one of
  // the threads.
  void Stop();

 private:
  std::vector<std::unique_ptr<grpc::CompletionQueue>> queues_;
  std::vector<std::thread> threads_;
  // Relaxed: any order of turns will do.
  std::atomic<size_t> turn_{0};
};

}  // namespace penstock::rpc
