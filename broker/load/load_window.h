// LoadWindow: sums of load in slots of equal length, over the last kSlots whole slots.
//
// A slot counts once it has passed, so that a sum is of a whole window: it lags by a slot at the
// most. Times never go back, or are counted where they belong if the slot is still there. Not
// thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "broker/load/load.h"

namespace penstock::broker {

template <size_t kSlots, int64_t kSlotMs>
class LoadWindow {
 public:
  static constexpr int64_t kWindowMs = static_cast<int64_t>(kSlots) * kSlotMs;

  void Add(const Load& load, int64_t now_ms) {
    const int64_t number = now_ms / kSlotMs;
    Slot& slot = slots_[static_cast<size_t>(number) % slots_.size()];
    if (slot.number > number) return;
    if (slot.number < number) slot = {number, {}};
    slot.load += load;
  }

  // Of the kSlots before the present one.
  Load Sum(int64_t now_ms) const {
    Load sum;
    ForEach(now_ms, [&](const Load& load) { sum += load; });
    return sum;
  }

  // The largest of a slot.
  Load Max(int64_t now_ms) const {
    Load max;
    ForEach(now_ms, [&](const Load& load) { max = MaxOf(max, load); });
    return max;
  }

 private:
  struct Slot {
    int64_t number = -1;
    Load load;
  };

  template <typename Visit>
  void ForEach(int64_t now_ms, Visit visit) const {
    const int64_t present = now_ms / kSlotMs;
    for (const Slot& slot : slots_) {
      if (slot.number >= present - static_cast<int64_t>(kSlots) && slot.number < present) {
        visit(slot.load);
      }
    }
  }

  // One more, for the present.
  std::array<Slot, kSlots + 1> slots_;
};

}  // namespace penstock::broker
