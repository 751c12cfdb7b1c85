// ByteBudget: how many bytes may be held in memory, for one connection or for the whole server.
//
//   ByteHold hold(connection_budget);
//   switch (hold.TryTake(BodyStepBytes(0))) { ... }     // before that part of it is read
//
// A budget may have one above it, and a hold takes from both or from none. Bodies of requests are
// taken only where there is room; answers are taken in any case, so that there is less room for new
// bodies. Budgets are thread-safe; a hold is used by one thread at a time and gives back what it
// took when it ends.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "broker/http/http_metrics.h"

namespace penstock::broker {

class ByteBudget {
 public:
  // `gauge`, which may be null, shows what is held.
  explicit ByteBudget(size_t bytes_max, HttpGauge* gauge = nullptr)
      : bytes_max_(bytes_max), gauge_(gauge) {}

  bool TryTake(size_t bytes) {
    size_t held = held_.load(std::memory_order_relaxed);
    do {
      if (held > bytes_max_ || bytes > bytes_max_ - held) return false;
    } while (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    if (gauge_ != nullptr) gauge_->Add(static_cast<int64_t>(bytes));
    return true;
  }
  // Past the maximum, if need be.
  void Take(size_t bytes) {
    held_.fetch_add(bytes, std::memory_order_relaxed);
    if (gauge_ != nullptr) gauge_->Add(static_cast<int64_t>(bytes));
  }
  void Give(size_t bytes) {
    held_.fetch_sub(bytes, std::memory_order_relaxed);
    if (gauge_ != nullptr) gauge_->Add(-static_cast<int64_t>(bytes));
  }
  size_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  const size_t bytes_max_;
  HttpGauge* const gauge_;
  // Relaxed: the count orders nothing but itself.
  std::atomic<size_t> held_ = 0;
};

// The two budgets that a connection takes from.
struct ByteBudgets {
  std::shared_ptr<ByteBudget> connection;
  std::shared_ptr<ByteBudget> server;
};

enum class ByteTake { kTaken, kConnectionFull, kServerFull };

class ByteHold {
 public:
  ByteHold() = default;
  explicit ByteHold(ByteBudgets budgets) : budgets_(std::move(budgets)) {}
  ByteHold(ByteHold&& other) noexcept { *this = std::move(other); }
  ByteHold& operator=(ByteHold&& other) noexcept {
    if (this == &other) return *this;
    Release();
    budgets_ = std::move(other.budgets_);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~ByteHold() { Release(); }

  // Adds to what is held already.
  ByteTake TryTake(size_t bytes) {
    if (!budgets_.connection->TryTake(bytes)) return ByteTake::kConnectionFull;
    if (!budgets_.server->TryTake(bytes)) {
      budgets_.connection->Give(bytes);
      return ByteTake::kServerFull;
    }
    bytes_ += bytes;
    return ByteTake::kTaken;
  }
  void Take(size_t bytes) {
    budgets_.connection->Take(bytes);
    budgets_.server->Take(bytes);
    bytes_ += bytes;
  }
  void Release() {
    if (bytes_ == 0) return;
    budgets_.connection->Give(bytes_);
    budgets_.server->Give(bytes_);
    bytes_ = 0;
  }
  size_t bytes() const { return bytes_; }

 private:
  ByteBudgets budgets_;
  size_t bytes_ = 0;
};

}  // namespace penstock::broker
