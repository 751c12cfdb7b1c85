// RecentMax: the largest value of the last one to two minutes.
//
// For values where one bad reader among many must show, which an average would hide. Two windows of
// kWindowMs: the one that is filling and the one before it. Each is one 64-bit word that holds its
// window's number beside its value, so that an old window is replaced in one step. Thread-safe,
// without locks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace penstock::broker {

class RecentMax {
 public:
  static constexpr int64_t kWindowMs = 60'000;
  // 34 years, in milliseconds; larger values count as this.
  static constexpr int64_t kValueMax = (int64_t{1} << 40) - 1;

  // `value` is at least 0; `now_ms` of a clock that does not go back.
  void Record(int64_t value, int64_t now_ms) {
    const uint64_t word = WordOf(now_ms / kWindowMs, value);
    std::atomic<uint64_t>& slot = slots_[static_cast<size_t>(now_ms / kWindowMs) % 2];
    // Relaxed: the word orders nothing but itself.
    uint64_t seen = slot.load(std::memory_order_relaxed);
    // Within a window the larger value is the larger word.
    while (!(SameWindow(seen, word) && seen >= word) &&
           !slot.compare_exchange_weak(seen, word, std::memory_order_relaxed)) {
    }
  }

  // 0 if nothing was recorded of late.
  int64_t Get(int64_t now_ms) const {
    int64_t largest = 0;
    const int64_t now = now_ms / kWindowMs;
    for (const std::atomic<uint64_t>& slot : slots_) {
      const uint64_t word = slot.load(std::memory_order_relaxed);
      if (word == 0) continue;
      if (SameWindow(word, WordOf(now, 0)) || SameWindow(word, WordOf(now - 1, 0)))
        largest = std::max(largest, static_cast<int64_t>(word & kValueMask));
    }
    return largest;
  }

 private:
  static constexpr int kValueBits = 40;
  static constexpr uint64_t kValueMask = (uint64_t{1} << kValueBits) - 1;

  // The number's lower 24 bits tell windows of 31 years apart.
  static uint64_t WordOf(int64_t window, int64_t value) {
    return (static_cast<uint64_t>(window) << kValueBits) |
           static_cast<uint64_t>(std::clamp<int64_t>(value, 0, kValueMax));
  }
  static bool SameWindow(uint64_t a, uint64_t b) { return a >> kValueBits == b >> kValueBits; }

  std::array<std::atomic<uint64_t>, 2> slots_ = {};
};

}  // namespace penstock::broker
