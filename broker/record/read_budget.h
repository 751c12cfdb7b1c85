// ReadBudget: bounds what reads hold of the broker's memory.
//
// Two limits for the whole broker: bytes of answers that are made but not yet sent, and calls that
// wait for records. A call that would pass one is refused with OVERLOADED and tries again later.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/status.h"

namespace penstock::broker {

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
    Charge(std::shared_ptr<ReadBudget> budget, std::atomic<size_t>* used, size_t amount)
        : budget_(std::move(budget)), used_(used), amount_(amount) {}

    std::shared_ptr<ReadBudget> budget_;
    std::atomic<size_t>* used_ = nullptr;
    size_t amount_ = 0;
  };

  ReadBudget(size_t bytes_max, size_t waits_max) : bytes_max_(bytes_max), waits_max_(waits_max) {}

  // RESOURCE_EXHAUSTED (OVERLOADED) while bytes_max or more are under way. How much a read will
  // give is known only after it, so it may pass the limit by one answer for each reading thread.
  absl::Status AdmitRead() const;
  Charge ChargeBytes(size_t bytes);
  // RESOURCE_EXHAUSTED (OVERLOADED) at waits_max.
  absl::Status ChargeWait(Charge* charge);

  size_t bytes_in_use() const { return bytes_.load(std::memory_order_relaxed); }
  size_t waits_in_use() const { return waits_.load(std::memory_order_relaxed); }

 private:
  const size_t bytes_max_;
  const size_t waits_max_;
  // Relaxed: counters that order nothing.
  std::atomic<size_t> bytes_ = 0;
  std::atomic<size_t> waits_ = 0;
};

}  // namespace penstock::broker
