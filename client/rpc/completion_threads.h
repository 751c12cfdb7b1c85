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
#include <cstdint>
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

// A completion queue, and the hand-over of operations through it. gRPC orders the thread that
// starts an operation before the one that gets its event, but out of the thread sanitizer's sight:
// the library is not instrumented. The atomic says the same where it is seen.
class EventQueue {
 public:
  grpc::CompletionQueue& queue() { return queue_; }

  // What gRPC is given with the operation. All that OnEvent needs is written before.
  void* TagFor(Operation* operation) {
    handed_over_.fetch_add(1, std::memory_order_release);
    return operation;
  }

  // Delivers events until the queue is shut down and empty.
  void Run();

 private:
  grpc::CompletionQueue queue_;
  std::atomic<uint64_t> handed_over_{0};
};

class CompletionThreads {
 public:
  explicit CompletionThreads(int thread_count);
  ~CompletionThreads();

  // The queue whose thread runs the next operation.
  EventQueue& Next();

  // No operation may be started any more. Returns when all events are delivered; not from one of
  // the threads.
  void Stop();

 private:
  std::vector<std::unique_ptr<EventQueue>> queues_;
  std::vector<std::thread> threads_;
  // Relaxed: any order of turns will do.
  std::atomic<size_t> turn_{0};
};

}  // namespace penstock::rpc
