#include "broker/limit/shard_limiters.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kMib = 1 << 20;

const StreamLimits kKinesis = StreamLimits::Kinesis();
const StreamLimits kUnlimited;

LimitedShard Shard(uint32_t index, const StreamLimits& limits = kKinesis) {
  return {{StreamId(1), ShardIndex(index)}, "orders", limits};
}

TEST_CASE("each record is decided by itself, in the order of the request", "[limit]") {
  ShardLimiters limiters;
  const std::vector<uint64_t> sizes = {6 * kMib, 6 * kMib, 3 * kMib, 2 * kMib, kMib};
  std::vector<absl::Status> results(sizes.size(), absl::UnknownError("not set"));
  CHECK(limiters.AdmitRecords(Shard(0), sizes, 0, std::span(results)) == 2);
  CHECK(results[0].ok());
  CHECK(results[2].ok());
  CHECK(results[4].ok());
  CHECK(ReasonOf(results[1]) == ErrorReason::kThroughputExceeded);
  CHECK(results[1].message() ==
        "rate exceeded for shard shardId-000000000000 in stream orders: 1048576 bytes written per "
        "second");
  CHECK(RetryAfterOf(results[1]) == 2'000);
  CHECK(ReasonOf(results[3]) == ErrorReason::kThroughputExceeded);
  // Another shard has its own.
  CHECK(limiters.AdmitRecords(Shard(1), std::span(sizes).first(1), 0,
                              std::span(results).first(1)) == 0);
}

TEST_CASE("a put that is stored whole is admitted whole", "[limit]") {
  ShardLimiters limiters;
  REQUIRE(limiters.AdmitWrite(Shard(0), 600, 0, 0).ok());
  const absl::Status refused = limiters.AdmitWrite(Shard(0), 500, 0, 0);
  CHECK(refused.code() == absl::StatusCode::kResourceExhausted);
  CHECK(refused.message() ==
        "rate exceeded for shard shardId-000000000000 in stream orders: 1000 records per second");
  CHECK(RetryAfterOf(refused) == 100);
  CHECK(limiters.AdmitWrite(Shard(0), 400, 0, 0).ok());
}

TEST_CASE("reads are refused by calls, and by bytes", "[limit]") {
  ShardLimiters limiters;
  for (int i = 0; i < 5; ++i) REQUIRE(limiters.AdmitReadCall(Shard(7), 0).ok());
  CHECK(limiters.AdmitReadCall(Shard(7), 0).message() ==
        "rate exceeded for shard shardId-000000000007 in stream orders: 5 calls that read per "
        "second");
  limiters.ChargeRead(Shard(7), 10 * kMib, 1'000);
  const absl::Status refused = limiters.AdmitReadCall(Shard(7), 1'000);
  CHECK(refused.message() ==
        "rate exceeded for shard shardId-000000000007 in stream orders: 2097152 bytes read per "
        "second");
  CHECK(RetryAfterOf(refused) == 5'000);
  CHECK(limiters.ConsumerWaitMs(Shard(7), "c", 1'000) == 0);
  limiters.ChargeConsumerRead(Shard(7), "c", 4 * kMib, 1'000);
  CHECK(limiters.ConsumerWaitMs(Shard(7), "c", 1'000) == 2'000);
}

TEST_CASE("calls for iterators are refused by a rate of their own", "[limit]") {
  ShardLimiters limiters;
  for (int i = 0; i < 5; ++i) REQUIRE(limiters.AdmitIteratorCall(Shard(7), 0).ok());
  const absl::Status refused = limiters.AdmitIteratorCall(Shard(7), 0);
  CHECK(ReasonOf(refused) == ErrorReason::kThroughputExceeded);
  CHECK(refused.message() ==
        "rate exceeded for shard shardId-000000000007 in stream orders: 5 calls for an iterator "
        "per second");
  CHECK(RetryAfterOf(refused) == 200);
  CHECK(limiters.AdmitIteratorCall(Shard(8), 0).ok());
  CHECK(limiters.AdmitReadCall(Shard(7), 0).ok());
  CHECK(limiters.AdmitIteratorCall(Shard(7), 200).ok());
}

TEST_CASE("a stream without limits has no entry", "[limit]") {
  ShardLimiters limiters;
  const LimitedShard shard = Shard(0, kUnlimited);
  const std::vector<uint64_t> sizes(500, 10 * kMib);
  std::vector<absl::Status> results(sizes.size(), absl::UnknownError("not set"));
  CHECK(limiters.AdmitRecords(shard, sizes, 0, std::span(results)) == 0);
  for (const absl::Status& result : results) REQUIRE(result.ok());
  CHECK(limiters.AdmitWrite(shard, 1'000'000, 1 << 30, 0).ok());
  CHECK(limiters.AdmitReadCall(shard, 0).ok());
  CHECK(limiters.AdmitIteratorCall(shard, 0).ok());
  limiters.ChargeRead(shard, 1 << 30, 0);
  limiters.ChargeConsumerRead(shard, "c", 1 << 30, 0);
  CHECK(limiters.ConsumerWaitMs(shard, "c", 0) == 0);
  CHECK(limiters.size() == 0);
}

TEST_CASE("the limits of the caller's snapshot hold", "[limit]") {
  ShardLimiters limiters;
  REQUIRE(limiters.AdmitWrite(Shard(0), 1'000, 0, 0).ok());
  REQUIRE_FALSE(limiters.AdmitWrite(Shard(0), 1, 0, 0).ok());
  const StreamLimits larger{StreamLimits::Profile::kCustom, 3'000, 0, 0, 0, 0};
  CHECK(limiters.AdmitWrite(Shard(0, larger), 2'000, 0, 0).ok());
  CHECK_FALSE(limiters.AdmitWrite(Shard(0, larger), 1, 0, 0).ok());
  CHECK(limiters.AdmitWrite(Shard(0, kUnlimited), 1'000'000, 0, 0).ok());
}

TEST_CASE("the table holds the shards in use, and debts survive its sweeps", "[limit]") {
  ShardLimiters limiters;
  const LimitedShard debtor = Shard(1'000'000);
  limiters.ChargeRead(debtor, 100 * kMib, 0);
  size_t largest = 0;
  for (uint32_t i = 0; i < 20'000; ++i) {
    // A thousand are in use within the time that a bucket takes to fill.
    REQUIRE(limiters.AdmitWrite(Shard(i), 1, 1, i / 10).ok());
    largest = std::max(largest, limiters.size());
    if (i % 1'000 != 0) continue;
    REQUIRE(RetryAfterOf(limiters.AdmitReadCall(debtor, i / 10)) == 50'000 - i / 10);
  }
  CHECK(largest <= 2'000);
}

TEST_CASE("threads together get no more than the limit", "[limit]") {
  ShardLimiters limiters;
  std::atomic<int> admitted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1'000; ++j) {
        if (limiters.AdmitWrite(Shard(0), 1, 1, 0).ok()) ++admitted;
        limiters.AdmitWrite(Shard(1 + static_cast<uint32_t>(j)), 1, 1, 0).IgnoreError();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(admitted == 1'000);
}

}  // namespace
}  // namespace penstock::broker
