// CallbackTick: keeps gRPC's callback threads awake.
//
// A callback thread of gRPC 1.51 that has seen no event for a second sleeps for 100 ms
// (src/cpp/common/completion_queue_cc.cc), and whatever comes meanwhile waits for it. Of 40
// puts 1.0 to 1.2 s apart, the slowest tenth took 58 to 95 ms; with the tick, 1.2 to 5.5 ms (2 busy
// cores, loopback, log in memory). The tick is an empty health check to this server itself, through
// a channel within the process: an alarm alone does not do, as its callback does not come through
// those threads (src/cpp/common/alarm.cc).
//
//   alarm ─▶ call ─▶ answer ─▶ alarm ...     one at a time
//
// Thread-safe. The server of the channel must outlive it. A call that fails is only the next tick.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "common/mutex.h"

namespace penstock::broker {

class CallbackTick {
 public:
  // Ticks from here on until Stop.
  CallbackTick(std::shared_ptr<::grpc::Channel> channel, std::chrono::milliseconds interval);
  ~CallbackTick() { Stop(); }
  CallbackTick(const CallbackTick&) = delete;
  CallbackTick& operator=(const CallbackTick&) = delete;

  // Returns when no callback of the tick is under way or will come. Idempotent. Not to be called on
  // gRPC's threads.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Stub = ::grpc::TemplatedGenericStub<::grpc::ByteBuffer, ::grpc::ByteBuffer>;

  // Each goes on to the next, or ends the ticking.
  void SetAlarm() ABSL_LOCKS_EXCLUDED(mutex_);
  void StartCall() ABSL_LOCKS_EXCLUDED(mutex_);
  // False, and the ticking ended, if it is to stop.
  bool GoesOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::chrono::milliseconds interval_;
  Stub stub_;
  ::grpc::ByteBuffer request_;

  // Used by the callback under way alone.
  ::grpc::ByteBuffer response_;
  std::optional<::grpc::ClientContext> context_;

  // Guards what Stop and the callbacks share.
  Mutex mutex_;
  CondVar ended_cond_;
  // A new one a tick: setting one again from its own callback would destroy that callback.
  std::unique_ptr<::grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::broker
