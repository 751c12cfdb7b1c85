#include "client/cli/shard_reader.h"

#include <utility>

namespace penstock::cli {
namespace {

constexpr size_t kEventsMax = 16;

}  // namespace

void ShardEvents::Push(ShardEvent event) {
  MutexLock lock(mutex_);
  events_.push_back(std::move(event));
  changed_.NotifyAll();
}

void ShardEvents::PushWhenThereIsRoom(ShardEvent event) {
  MutexLock lock(mutex_);
  while (events_.size() >= kEventsMax && !is_closed_) changed_.Wait(mutex_);
  if (is_closed_) return;
  events_.push_back(std::move(event));
  changed_.NotifyAll();
}

std::optional<ShardEvent> ShardEvents::Pop(absl::Duration timeout) {
  MutexLock lock(mutex_);
  while (events_.empty()) {
    if (!changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(timeout)) && events_.empty())
      return std::nullopt;
  }
  ShardEvent event = std::move(events_.front());
  events_.pop_front();
  changed_.NotifyAll();
  return event;
}

void ShardEvents::Close() {
  MutexLock lock(mutex_);
  is_closed_ = true;
  changed_.NotifyAll();
}

}  // namespace penstock::cli
