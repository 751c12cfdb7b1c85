#include "broker/limit/disk_watch.h"

#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "common/log.h"

namespace penstock::broker {

DiskWatch::DiskWatch(DiskWatchOptions options)
    : options_(std::move(options)),
      strand_(boost::asio::make_strand(options_.executor)),
      timer_(strand_) {}

DiskWatch::~DiskWatch() {
  Stop();
}

void DiskWatch::Start() {
  if (!pending_.TryBegin()) return;
  Measure();
  boost::asio::post(strand_, [this] { WaitForNext(); });
}

void DiskWatch::Stop() {
  if (pending_.TryBegin()) {
    boost::asio::post(strand_, [this] {
      stopping_ = true;
      timer_.cancel();
      pending_.End();
    });
  }
  pending_.CloseAndWait();
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

void DiskWatch::WaitForNext() {
  if (stopping_) {
    pending_.End();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(options_.interval_ms));
  timer_.async_wait([this](const boost::system::error_code&) {
    // Cancelled or not: stopping_ tells.
    if (!stopping_) Measure();
    WaitForNext();
  });
}

}  // namespace penstock::broker
