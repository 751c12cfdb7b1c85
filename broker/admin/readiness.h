// Readiness: whether the broker should be sent work, and if not, why.
//
//   starting ─▶ serving ─▶ stopping      and, at any time, what the components say
//
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace penstock::broker {

class Readiness {
 public:
  // `health` is OK, or the reason why the broker cannot take records; thread-safe, must not block.
  explicit Readiness(std::function<absl::Status()> health) : health_(std::move(health)) {}

  void SetServing() { state_.store(State::kServing); }
  // For good.
  void SetStopping() { state_.store(State::kStopping); }

  // Empty if the broker is ready.
  std::string WhyNot() const {
    switch (state_.load()) {
      case State::kStarting:
        return "starting";
      case State::kStopping:
        return "stopping";
      case State::kServing:
        break;
    }
    const absl::Status health = health_();
    return health.ok() ? "" : "storage failed: " + std::string(health.message());
  }

 private:
  enum class State { kStarting, kServing, kStopping };

  const std::function<absl::Status()> health_;
  // Sequentially consistent: what a probe sees must not lag behind what it was told.
  std::atomic<State> state_ = State::kStarting;
};

}  // namespace penstock::broker
