#include "broker/limit/token_bucket.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("without a rate everything passes", "[limit]") {
  TokenBucket bucket;
  CHECK(bucket.WaitMs(std::numeric_limits<uint64_t>::max(), 0) == 0);
  bucket.Take(std::numeric_limits<uint64_t>::max());
  bucket.Charge(std::numeric_limits<uint64_t>::max(), 0);
  CHECK(bucket.WaitMs(1, 0) == 0);
  CHECK(bucket.Full(0));
}

TEST_CASE("a bucket gives what it holds, and then its rate", "[limit]") {
  TokenBucket bucket(100, 1'000, 5'000);
  CHECK(bucket.WaitMs(1'000, 5'000) == 0);
  bucket.Take(1'000);
  CHECK(bucket.WaitMs(0, 5'000) == 0);
  CHECK(bucket.WaitMs(1, 5'000) == 10);
  CHECK(bucket.WaitMs(1, 5'009) == 1);
  CHECK(bucket.WaitMs(1, 5'010) == 0);
  CHECK(bucket.WaitMs(50, 5'010) == 490);
  CHECK_FALSE(bucket.Full(14'999));
  CHECK(bucket.Full(15'000));
}

TEST_CASE("more than the bucket holds passes when it is full, and is paid for", "[limit]") {
  TokenBucket bucket(10, 100, 0);
  bucket.Take(1);
  CHECK(bucket.WaitMs(250, 0) == 100);
  CHECK(bucket.WaitMs(250, 100) == 0);
  bucket.Take(250);
  CHECK(bucket.WaitMs(0, 100) == 15'000);
  CHECK(bucket.WaitMs(1, 100) == 15'100);
}

TEST_CASE("what is put back may be taken again, and is never more than the bucket", "[limit]") {
  TokenBucket bucket(10, 20, 0);
  bucket.Take(20);
  CHECK(bucket.WaitMs(5, 0) == 500);
  bucket.Return(20);
  CHECK(bucket.WaitMs(20, 0) == 0);
  bucket.Return(20);
  bucket.Take(20);
  CHECK(bucket.WaitMs(1, 0) == 100);
  TokenBucket none;
  none.Return(1);
  CHECK(none.WaitMs(1'000'000, 0) == 0);
}

TEST_CASE("an answer larger than the bucket is a debt as a whole", "[limit]") {
  TokenBucket full(2 << 20, 2 << 20, 0);
  full.Charge(10 << 20, 0);
  CHECK(full.WaitMs(0, 0) == 5'000);
  CHECK(full.WaitMs(0, 4'999) == 1);
  CHECK(full.WaitMs(0, 5'000) == 0);
  // What fits is taken from what there is.
  TokenBucket half(2 << 20, 2 << 20, 0);
  half.Charge(2 << 20, 0);
  CHECK(half.WaitMs(0, 0) == 0);
  half.Charge(1 << 20, 0);
  CHECK(half.WaitMs(0, 0) == 500);
}

TEST_CASE("a clock that goes back gives nothing twice", "[limit]") {
  TokenBucket bucket(1'000, 1'000, 1'000);
  bucket.Take(1'000);
  CHECK(bucket.WaitMs(1, 500) == 1);
  CHECK(bucket.WaitMs(100, 1'100) == 0);
  bucket.Take(100);
  CHECK(bucket.WaitMs(100, 900) == 100);
  CHECK(bucket.WaitMs(100, 1'100) == 100);
}

TEST_CASE("a changed rate holds at once", "[limit]") {
  TokenBucket bucket(10, 100, 0);
  bucket.Take(100);
  // Ten times as large: the new room is there at once.
  bucket.Set(100, 1'000, 0);
  CHECK(bucket.WaitMs(900, 0) == 0);
  CHECK(bucket.WaitMs(901, 0) == 10);
  // Smaller: what is too much is gone, what was used is not held against it.
  bucket.Set(1, 5, 0);
  CHECK(bucket.WaitMs(5, 0) == 0);
  bucket.Take(5);
  CHECK(bucket.WaitMs(1, 0) == 1'000);
  bucket.Set(0, 0, 0);
  CHECK(bucket.WaitMs(1'000'000, 0) == 0);
  bucket.Set(7, 7, 0);
  CHECK(bucket.Full(0));
}

TEST_CASE("the largest numbers and the longest pauses do not overflow", "[limit]") {
  constexpr uint64_t kHuge = std::numeric_limits<uint64_t>::max();
  TokenBucket bucket(kHuge, kHuge, 0);
  bucket.Take(kHuge);
  CHECK(bucket.WaitMs(kHuge, 0) == 1'000);
  for (int i = 0; i < 100; ++i) bucket.Charge(kHuge, 0);
  CHECK(bucket.WaitMs(0, 0) == 1'000);
  CHECK(bucket.WaitMs(kHuge, std::numeric_limits<int64_t>::max()) == 0);
  CHECK(bucket.Full(std::numeric_limits<int64_t>::max()));
}

// However it is asked and refused, what passes in any time is at most what the bucket held and
// what it gained, and the wait that it tells is the shortest.
TEST_CASE("random amounts keep the rate exactly", "[limit]") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const uint64_t rate = 1 + random() % 5'000;
    const uint64_t capacity = rate * (1 + random() % 10);
    int64_t now_ms = static_cast<int64_t>(random() % 1'000'000);
    const int64_t begin_ms = now_ms;
    TokenBucket bucket(rate, capacity, now_ms);
    uint64_t passed = 0;
    for (int i = 0; i < 2'000; ++i) {
      const uint64_t amount = 1 + random() % capacity;
      const int64_t wait_ms = bucket.WaitMs(amount, now_ms);
      if (wait_ms == 0) {
        bucket.Take(amount);
        passed += amount;
      } else if (random() % 4 == 0) {
        now_ms += wait_ms - 1;
        REQUIRE(bucket.WaitMs(amount, now_ms) == 1);
        ++now_ms;
        REQUIRE(bucket.WaitMs(amount, now_ms) == 0);
      } else {
        now_ms += static_cast<int64_t>(random() % 50);
      }
      const auto gained = rate * static_cast<uint64_t>(now_ms - begin_ms) / 1'000;
      REQUIRE(passed <= capacity + gained);
    }
  }
}

}  // namespace
}  // namespace penstock::broker
