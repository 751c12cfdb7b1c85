#include "broker/record/snapshot_waiter.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

// What is over may come again at once: the reshard that it waited for goes on.
constexpr int64_t kRetryAfterMs = 1'000;

}  // namespace

// Its timer is used on the strand alone.
struct SnapshotWaiter::Pending {
  Pending(const boost::asio::any_io_executor& executor,
          std::shared_ptr<const StreamSnapshot> snapshot, DoneCallback callback)
      : strand(boost::asio::make_strand(executor)),
        timer(strand),
        seen(std::move(snapshot)),
        done(std::move(callback)) {}

  boost::asio::strand<boost::asio::any_io_executor> strand;
  boost::asio::steady_timer timer;
  const std::shared_ptr<const StreamSnapshot> seen;
  DoneCallback done;
  StreamDirectory::WaitId wait = 0;
  bool ended = false;
};

SnapshotWaiter::SnapshotWaiter(const StreamDirectory& directory,
                               boost::asio::any_io_executor executor, int64_t wait_max_ms)
    : directory_(directory), executor_(std::move(executor)), wait_max_ms_(wait_max_ms) {}

SnapshotWaiter::~SnapshotWaiter() {
  Stop();
}

void SnapshotWaiter::Wait(std::shared_ptr<const StreamSnapshot> seen, DoneCallback done) {
  auto pending = std::make_shared<Pending>(executor_, std::move(seen), std::move(done));
  {
    MutexLock lock(mutex_);
    waits_.insert(pending);
  }
  boost::asio::post(pending->strand, [this, pending] {
    if (pending->ended) return;
    pending->timer.expires_after(std::chrono::milliseconds(wait_max_ms_));
    // A wait that has ended may be the waiter's last: it is not touched then.
    pending->timer.async_wait([this, pending](const boost::system::error_code&) {
      if (pending->ended) return;
      End(pending, WithRetryAfter(MakeError(ErrorReason::kOverloaded,
                                            absl::StrCat("stream ", pending->seen->config().name,
                                                         " is being resharded for more than ",
                                                         wait_max_ms_, " ms; nothing was stored")),
                                  kRetryAfterMs));
    });
    pending->wait = directory_.WaitForNewer(*pending->seen, [this, pending] {
      boost::asio::post(pending->strand, [this, pending] {
        if (!pending->ended) End(pending, absl::OkStatus());
      });
    });
    bool stopped = false;
    {
      MutexLock lock(mutex_);
      stopped = stopped_;
    }
    if (stopped) {
      End(pending, MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
    }
  });
}

// On the wait's strand.
void SnapshotWaiter::End(const std::shared_ptr<Pending>& wait, absl::Status status) {
  if (std::exchange(wait->ended, true)) return;
  wait->timer.cancel();
  if (wait->wait != 0) directory_.CancelWait(wait->seen->config().id, wait->wait);
  std::move(wait->done)(std::move(status));
  MutexLock lock(mutex_);
  waits_.erase(wait);
  if (waits_.empty()) all_answered_.NotifyAll();
}

void SnapshotWaiter::Stop() {
  std::vector<std::shared_ptr<Pending>> waits;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    waits.assign(waits_.begin(), waits_.end());
  }
  for (const std::shared_ptr<Pending>& wait : waits) {
    boost::asio::post(wait->strand, [this, wait] {
      if (!wait->ended)
        End(wait, MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
    });
  }
  MutexLock lock(mutex_);
  while (!waits_.empty()) all_answered_.Wait(mutex_);
}

}  // namespace penstock::broker
