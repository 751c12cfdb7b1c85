#include "client/cli/outcome_mailbox.h"

#include <array>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include "common/check.h"

namespace penstock::cli {

OutcomeMailbox::OutcomeMailbox() : wake_descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(wake_descriptor_ >= 0);
}

OutcomeMailbox::~OutcomeMailbox() {
  close(wake_descriptor_);
}

void OutcomeMailbox::Post(LineOutcome outcome) {
  MutexLock lock(mutex_);
  outcomes_.push_back(std::move(outcome));
  has_some_.store(true, std::memory_order_relaxed);
  if (std::exchange(is_waited_for_, false)) CHECK(eventfd_write(wake_descriptor_, 1) == 0);
}

std::vector<LineOutcome> OutcomeMailbox::TakeAll() {
  MutexLock lock(mutex_);
  has_some_.store(false, std::memory_order_relaxed);
  return std::exchange(outcomes_, {});
}

void OutcomeMailbox::Wait(int descriptor, absl::Duration timeout) {
  {
    MutexLock lock(mutex_);
    if (!outcomes_.empty()) return;
    is_waited_for_ = true;
  }
  // poll passes over a descriptor of -1. Rounded up: a wait that ends early would be begun again.
  std::array<pollfd, 2> waited = {{{.fd = wake_descriptor_, .events = POLLIN, .revents = 0},
                                   {.fd = descriptor, .events = POLLIN, .revents = 0}}};
  poll(waited.data(), waited.size(),
       static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(timeout, absl::Milliseconds(1)))));
  MutexLock lock(mutex_);
  is_waited_for_ = false;
  // Empties it; it may be empty.
  eventfd_t count = 0;
  static_cast<void>(eventfd_read(wake_descriptor_, &count));
}

}  // namespace penstock::cli
