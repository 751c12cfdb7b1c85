#include "broker/limit/shard_limiter.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr uint64_t kMib = 1 << 20;

StreamLimits Custom(uint64_t records, uint64_t bytes, uint64_t burst) {
  return {StreamLimits::Profile::kCustom, records, bytes, burst, 0, 0};
}

TEST_CASE("a shard of Kinesis takes 1000 records, and then 1000 a second", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  for (int i = 0; i < 1'000; ++i) REQUIRE_FALSE(limiter.TakeWrite(1, 100, 0).has_value());
  const std::optional<Throttle> throttle = limiter.TakeWrite(1, 100, 0);
  REQUIRE(throttle.has_value());
  CHECK(throttle->limit == ShardLimit::kWriteRecords);
  CHECK(throttle->retry_after_ms == 1);
  CHECK_FALSE(limiter.TakeWrite(1, 100, 1).has_value());
  CHECK(limiter.TakeWrite(1, 100, 1).has_value());
}

TEST_CASE("a burst of 10 MiB passes, and is paid at 1 MiB a second", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  CHECK_FALSE(limiter.TakeWrite(1, 10 * kMib, 0).has_value());
  const std::optional<Throttle> large = limiter.TakeWrite(1, 10 * kMib, 0);
  REQUIRE(large.has_value());
  CHECK(large->limit == ShardLimit::kWriteBytes);
  CHECK(large->retry_after_ms == 10'000);
  CHECK(limiter.TakeWrite(1, kMib, 999).has_value());
  CHECK_FALSE(limiter.TakeWrite(1, kMib, 1'000).has_value());
  // The refused records have taken nothing, nor counted as records.
  CHECK_FALSE(limiter.TakeWrite(999, 0, 1'000).has_value());
}

TEST_CASE("a batch of more than a second's records passes when nothing else did", "[limit]") {
  ShardLimiter limiter(Custom(10, 0, 0), 0);
  CHECK_FALSE(limiter.TakeWrite(25, 1 << 30, 0).has_value());
  const std::optional<Throttle> throttle = limiter.TakeWrite(1, 0, 0);
  REQUIRE(throttle.has_value());
  CHECK(throttle->retry_after_ms == 1'600);
}

TEST_CASE("a burst of 0 is ten seconds' worth, and never less than a second's", "[limit]") {
  ShardLimiter ten(Custom(0, 100, 0), 0);
  CHECK_FALSE(ten.TakeWrite(1, 1'000, 0).has_value());
  CHECK(ten.TakeWrite(1, 1, 0).has_value());
  ShardLimiter one(Custom(0, 100, 1), 0);
  CHECK_FALSE(one.TakeWrite(1, 100, 0).has_value());
  CHECK(one.TakeWrite(1, 1, 0).has_value());
}

TEST_CASE("a shard of Kinesis is read 5 times a second", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(limiter.TakeReadCall(0).has_value());
  const std::optional<Throttle> throttle = limiter.TakeReadCall(0);
  REQUIRE(throttle.has_value());
  CHECK(throttle->limit == ShardLimit::kReadCalls);
  CHECK(throttle->retry_after_ms == 200);
  CHECK(limiter.TakeReadCall(199).has_value());
  CHECK_FALSE(limiter.TakeReadCall(200).has_value());
}

TEST_CASE("a shard of Kinesis gives 5 iterators a second, whatever it was read", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  REQUIRE_FALSE(limiter.TakeReadCall(0).has_value());
  limiter.ChargeRead(10 * kMib, 0);
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(limiter.TakeIteratorCall(0).has_value());
  const std::optional<Throttle> throttle = limiter.TakeIteratorCall(0);
  REQUIRE(throttle.has_value());
  CHECK(throttle->limit == ShardLimit::kIteratorCalls);
  CHECK(throttle->retry_after_ms == 200);
  CHECK(limiter.TakeIteratorCall(199).has_value());
  CHECK_FALSE(limiter.TakeIteratorCall(200).has_value());
  CHECK(limiter.TakeIteratorCall(200).has_value());
  // Reads have calls of their own.
  ShardLimiter fresh(StreamLimits::Kinesis(), 0);
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(fresh.TakeIteratorCall(0).has_value());
  CHECK_FALSE(fresh.TakeReadCall(0).has_value());
}

TEST_CASE("calls for iterators are limited by a profile's own number", "[limit]") {
  ShardLimiter limiter({StreamLimits::Profile::kCustom, 0, 0, 0, 0, 2}, 0);
  CHECK_FALSE(limiter.TakeIteratorCall(0).has_value());
  CHECK_FALSE(limiter.TakeIteratorCall(0).has_value());
  CHECK(limiter.TakeIteratorCall(0)->retry_after_ms == 500);
  limiter.SetLimits(StreamLimits(), 0);
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(limiter.TakeIteratorCall(0).has_value());
}

TEST_CASE("an answer of 10 MiB refuses the calls of the next 5 seconds", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  REQUIRE_FALSE(limiter.TakeReadCall(0).has_value());
  limiter.ChargeRead(10 * kMib, 0);
  const std::optional<Throttle> throttle = limiter.TakeReadCall(0);
  REQUIRE(throttle.has_value());
  CHECK(throttle->limit == ShardLimit::kReadBytes);
  CHECK(throttle->retry_after_ms == 5'000);
  CHECK(limiter.TakeReadCall(4'999).has_value());
  CHECK_FALSE(limiter.TakeReadCall(5'000).has_value());
}

TEST_CASE("consumers wait each for itself, and not for who polls", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  limiter.ChargeRead(10 * kMib, 0);
  CHECK(limiter.ConsumerWaitMs("a", 0) == 0);
  limiter.ChargeConsumer("a", 4 * kMib, 0);
  CHECK(limiter.ConsumerWaitMs("a", 0) == 2'000);
  CHECK(limiter.ConsumerWaitMs("a", 1'500) == 500);
  CHECK(limiter.ConsumerWaitMs("b", 0) == 0);
  CHECK(limiter.TakeReadCall(0)->retry_after_ms == 5'000);
}

TEST_CASE("many consumers that come and go leave no trace", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  limiter.ChargeConsumer("busy", 10 * kMib, 0);
  for (int i = 0; i < 1'000; ++i) limiter.ChargeConsumer(std::to_string(i), 1, i * 10);
  // Swept while it was in debt it would have been free of it.
  CHECK(limiter.ConsumerWaitMs("busy", 0) == 0);
  limiter.ChargeConsumer("busy", 10 * kMib, 9'990);
  for (int i = 0; i < 1'000; ++i) limiter.ChargeConsumer(std::to_string(i), 1, 9'990);
  CHECK(limiter.ConsumerWaitMs("busy", 9'990) == 5'000);
}

TEST_CASE("a limiter is idle when a new one would do the same", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  CHECK(limiter.Idle(0));
  REQUIRE_FALSE(limiter.TakeWrite(1, kMib, 0).has_value());
  CHECK_FALSE(limiter.Idle(999));
  CHECK(limiter.Idle(1'000));
  REQUIRE_FALSE(limiter.TakeReadCall(1'000).has_value());
  CHECK_FALSE(limiter.Idle(1'000));
  CHECK(limiter.Idle(1'200));
  REQUIRE_FALSE(limiter.TakeIteratorCall(1'200).has_value());
  CHECK_FALSE(limiter.Idle(1'399));
  CHECK(limiter.Idle(1'400));
  limiter.ChargeConsumer("a", 1, 1'400);
  CHECK_FALSE(limiter.Idle(1'400));
  CHECK(limiter.Idle(1'401));
}

TEST_CASE("another profile holds at once", "[limit]") {
  ShardLimiter limiter(StreamLimits::Kinesis(), 0);
  REQUIRE_FALSE(limiter.TakeWrite(1'000, 0, 0).has_value());
  REQUIRE(limiter.TakeWrite(1, 0, 0).has_value());
  limiter.SetLimits(Custom(2'000, 0, 0), 0);
  CHECK_FALSE(limiter.TakeWrite(1'000, 100 * kMib, 0).has_value());
  CHECK(limiter.TakeWrite(1, 0, 0).has_value());
  limiter.SetLimits(StreamLimits(), 0);
  CHECK_FALSE(limiter.TakeWrite(1'000'000, 0, 0).has_value());
}

}  // namespace
}  // namespace penstock::broker
