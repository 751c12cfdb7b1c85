// Awaited: what a callback gives, for a test that waits for it.
//
//   Awaited<absl::StatusOr<PutResult>> answer;
//   plane.PutRecord("s", record, answer.Callback());
//   REQUIRE(answer.Get().ok());
//
// Get waits up to 30 s, a limit for a test that would hang, and throws after it. Thread-safe; must
// outlive the callback.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/mutex.h"

namespace penstock::testing {

template <typename T>
class Awaited {
 public:
  auto Callback() {
    return [this](T value) { Set(std::move(value)); };
  }

  void Set(T value) {
    MutexLock lock(mutex_);
    if (value_.has_value()) called_twice_ = true;
    value_.emplace(std::move(value));
    cond_.NotifyAll();
  }

  bool ready() {
    MutexLock lock(mutex_);
    return value_.has_value();
  }

  T& Get() {
    MutexLock lock(mutex_);
    while (!value_.has_value()) {
      if (!cond_.WaitFor(mutex_, std::chrono::seconds(30)))
        throw std::runtime_error("the callback was not called within 30 s");
    }
    if (called_twice_) throw std::runtime_error("the callback was called twice");
    return *value_;
  }

 private:
  Mutex mutex_;
  CondVar cond_;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
  bool called_twice_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::testing
