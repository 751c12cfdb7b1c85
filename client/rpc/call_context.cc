#include "client/rpc/call_context.h"

namespace penstock::rpc {

bool OutstandingCalls::TryAdd(Cancellable* call) {
  MutexLock lock(mutex_);
  if (is_closed_) return false;
  calls_.insert(call);
  return true;
}

void OutstandingCalls::Remove(Cancellable* call) {
  MutexLock lock(mutex_);
  calls_.erase(call);
  // Under the lock: the waiter may destroy this as soon as it has it.
  changed_.NotifyAll();
}

void OutstandingCalls::CancelAllAndWait() {
  MutexLock lock(mutex_);
  is_closed_ = true;
  for (Cancellable* call : calls_) call->Cancel();
  while (!calls_.empty()) changed_.Wait(mutex_);
}

}  // namespace penstock::rpc
