#include "broker/app/health_watch.h"

#include <utility>

namespace penstock::broker {

HealthWatch::HealthWatch(HealthWatchOptions options)
    : options_(std::move(options)),
      timer_(options_.executor, options_.interval_ms, [this] { Check(); }) {}

void HealthWatch::Check() {
  const absl::Status health = options_.health();
  if (health.ok()) return;
  options_.on_failure(health);
  timer_.End();
}

}  // namespace penstock::broker
