// ReadBudget: bounds what reads hold of the broker's memory.
//
// Three limits: bytes of answers that are made but not yet sent, for the whole broker and for each
// connection, and calls that wait for records. A call that would pass one is refused with
// OVERLOADED and tries again later. A connection has a share, so that one that does not take its
// answers cannot keep the others from theirs. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

#include "common/mutex.h"

namespace penstock::broker {

struct ReadLimitsInFlight {
  size_t bytes_max = 0;
  size_t connection_bytes_max = 0;
  size_t waits_max = 0;
};

class ReadBudget : public std::enable_shared_from_this<ReadBudget> {
 public:
  // Bytes or a wait taken from the budget; given back when it is destroyed. Keeps the budget alive.
  class Charge {
   public:
    Charge() = default;
    Charge(Charge&& other) noexcept { *this = std::move(other); }
    Charge& operator=(Charge&& other) noexcept;
    ~Charge() { Release(); }

    void Release();

   private:
    friend class ReadBudget;

    std::shared_ptr<ReadBudget> budget_;
    std::string connection_;
    size_t bytes_ = 0;
    size_t waits_ = 0;
  };

  explicit ReadBudget(const ReadLimitsInFlight& limits) : limits_(limits) {}

  // RESOURCE_EXHAUSTED (OVERLOADED) while as many bytes as the broker or the connection may have
  // are under way. How much a read will give is known only after it, so it may pass the limit by
  // one answer for each reading thread.
  absl::Status AdmitRead(std::string_view connection) const ABSL_LOCKS_EXCLUDED(mutex_);
  Charge ChargeBytes(std::string_view connection, size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // RESOURCE_EXHAUSTED (OVERLOADED) at waits_max.
  absl::Status ChargeWait(Charge* charge) ABSL_LOCKS_EXCLUDED(mutex_);

  const ReadLimitsInFlight& limits() const { return limits_; }
  size_t bytes_in_use() const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t waits_in_use() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Return(const Charge& charge) ABSL_LOCKS_EXCLUDED(mutex_);

  const ReadLimitsInFlight limits_;
  // Held alone.
  mutable Mutex mutex_;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waits_ ABSL_GUARDED_BY(mutex_) = 0;
  // Connections with answers under way alone.
  absl::flat_hash_map<std::string, size_t> bytes_by_connection_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
