#include "broker/limit/disk_watch.h"

#include <string>
#include <utility>

#include "common/log.h"

namespace penstock::broker {

DiskWatch::DiskWatch(DiskWatchOptions options)
    : options_(std::move(options)),
      timer_(options_.executor, options_.interval_ms, [this] { Measure(); }) {}

void DiskWatch::Start() {
  Measure();
  timer_.StartLater();
}

void DiskWatch::Measure() {
  const absl::StatusOr<DiskUsage> usage = options_.measure();
  if (usage.ok()) {
    options_.budget.Update(*usage);
  } else if (!failing_) {
    LogWarning("disk usage is not known: the disk budget stays as it is",
               {{"error", std::string(usage.status().message())}});
  }
  failing_ = !usage.ok();
}

}  // namespace penstock::broker
