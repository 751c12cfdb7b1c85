#include "client/producer/limit.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::producer {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

TEST_CASE("limit: a stream without limits holds nothing back", "[limit]") {
  RateLimiter limiter(0, 0, 150);
  for (int i = 0; i < 1'000; ++i) CHECK(limiter.Admit(1'000'000, 1'000'000'000, 0) == 0);
}

TEST_CASE("limit: a second's worth at once, then as time goes", "[limit]") {
  RateLimiter limiter(1'000, 0, 100);
  CHECK(limiter.Admit(1'000, 0, 0) == 0);
  CHECK(limiter.Admit(500, 0, 0) == kSecondUs / 2);
  CHECK(limiter.Admit(500, 0, kSecondUs / 2 - 1) == 1);
  CHECK(limiter.Admit(500, 0, kSecondUs / 2) == 0);
  CHECK(limiter.Admit(1, 0, kSecondUs / 2) > 0);
}

TEST_CASE("limit: bytes are limited as records are, and the slower counts", "[limit]") {
  RateLimiter limiter(1'000, 1'000'000, 100);
  CHECK(limiter.Admit(10, 1'000'000, 0) == 0);
  CHECK(limiter.Admit(10, 250'000, 0) == kSecondUs / 4);
}

TEST_CASE("limit: a part of the broker's limit is used", "[limit]") {
  RateLimiter half(1'000, 0, 50);
  CHECK(half.Admit(500, 0, 0) == 0);
  CHECK(half.Admit(500, 0, 0) == kSecondUs);
}

TEST_CASE("limit: a batch larger than a second's worth goes when the bucket is full", "[limit]") {
  RateLimiter limiter(100, 0, 100);
  CHECK(limiter.Admit(300, 0, 0) == 0);
  // It left the bucket in debt for three seconds.
  CHECK(limiter.Admit(100, 0, 0) == 3 * kSecondUs);
  CHECK(limiter.Admit(100, 0, 3 * kSecondUs) == 0);
}

}  // namespace
}  // namespace penstock::producer
