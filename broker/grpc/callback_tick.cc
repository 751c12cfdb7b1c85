#include "broker/grpc/callback_tick.h"

#include <utility>

#include <grpcpp/support/slice.h>
#include <grpcpp/support/stub_options.h>

namespace penstock::broker {
namespace {

constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
// A call that takes longer has lost its server.
constexpr std::chrono::seconds kCallTimeout{5};

// HealthCheckRequest with no service named: the empty message.
::grpc::ByteBuffer EmptyMessage() {
  const ::grpc::Slice slice("");
  return ::grpc::ByteBuffer(&slice, 1);
}

}  // namespace

CallbackTick::CallbackTick(std::shared_ptr<::grpc::Channel> channel,
                           std::chrono::milliseconds interval)
    : interval_(interval), stub_(std::move(channel)), request_(EmptyMessage()) {
  SetAlarm();
}

void CallbackTick::Stop() {
  ::grpc::Alarm* alarm = nullptr;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    alarm = alarm_.get();
  }
  // Not replaced any more. Its callback comes at once, and ends the ticking; if a call is under way
  // instead, its answer does.
  alarm->Cancel();
  MutexLock lock(mutex_);
  while (!ended_) ended_cond_.Wait(mutex_);
}

bool CallbackTick::GoesOn() {
  if (!stopping_) return true;
  ended_ = true;
  ended_cond_.NotifyAll();
  return false;
}

void CallbackTick::SetAlarm() {
  MutexLock lock(mutex_);
  if (!GoesOn()) return;
  alarm_ = std::make_unique<::grpc::Alarm>();
  alarm_->Set(std::chrono::system_clock::now() + interval_, [this](bool) { StartCall(); });
}

void CallbackTick::StartCall() {
  {
    MutexLock lock(mutex_);
    if (!GoesOn()) return;
  }
  context_.emplace();
  context_->set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  stub_.UnaryCall(&*context_, kMethod, ::grpc::StubOptions(), &request_, &response_,
                  [this](const ::grpc::Status&) { SetAlarm(); });
}

}  // namespace penstock::broker
