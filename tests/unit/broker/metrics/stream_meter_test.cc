#include "broker/metrics/stream_meter.h"

#include <array>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr std::array kAllMetrics = {
    ShardLevelMetric::kIncomingBytes,
    ShardLevelMetric::kIncomingRecords,
    ShardLevelMetric::kOutgoingBytes,
    ShardLevelMetric::kOutgoingRecords,
    ShardLevelMetric::kWriteThroughputExceeded,
    ShardLevelMetric::kReadThroughputExceeded,
    ShardLevelMetric::kIteratorAge,
};

struct MeterFixture {
  ManualClock clock{1'700'000'000'000};
  StreamMeter meter{clock};

  static ShardIndex Shard(uint32_t index) { return ShardIndex(index); }
};

TEST_CASE_METHOD(MeterFixture, "stream meter: what a PutRecord came to") {
  meter.OnPutRecord({.shard = Shard(0), .bytes = 100, .latency_us = 300});
  meter.OnPutRecord({.shard = Shard(0), .bytes = 7, .outcome = PutOutcome::kThrottled});
  meter.OnPutRecord({.bytes = 9, .outcome = PutOutcome::kFailed});
  const StreamStats stats = meter.Stats();
  CHECK(stats.put_record_calls == 3);
  CHECK(stats.put_record_success == 1);
  CHECK(stats.put_record_bytes == 100);
  CHECK(stats.put_record_latency.count() == 3);
  CHECK(stats.put_record_latency.sum_us == 300);
  CHECK(stats.incoming_bytes == 100);
  CHECK(stats.incoming_records == 1);
  CHECK(stats.write_provisioned_throughput_exceeded == 1);
  CHECK(stats.put_records_calls == 0);
  CHECK(meter.Shards().empty());
}

TEST_CASE_METHOD(MeterFixture, "stream meter: the records of a PutRecords, each as it ended") {
  const std::array<ShardPut, 2> shards = {
      ShardPut{.shard = Shard(0), .bytes = 50, .records_stored = 5, .records_throttled = 2},
      ShardPut{.shard = Shard(1), .bytes = 0, .records_failed = 3}};
  meter.OnPutRecords({.shards = shards, .latency_us = 1'000});
  meter.OnPutRecords({.shards = {}, .records_failed_unrouted = 4, .latency_us = 10});
  const StreamStats stats = meter.Stats();
  CHECK(stats.put_records_calls == 2);
  CHECK(stats.put_records_success == 1);
  CHECK(stats.put_records_bytes == 50);
  CHECK(stats.put_records_total_records == 14);
  CHECK(stats.put_records_successful_records == 5);
  CHECK(stats.put_records_throttled_records == 2);
  CHECK(stats.put_records_failed_records == 7);
  CHECK(stats.put_records_latency.count() == 2);
  CHECK(stats.write_provisioned_throughput_exceeded == 2);
  CHECK(stats.incoming_bytes == 50);
  CHECK(stats.incoming_records == 5);
  CHECK(stats.put_record_calls == 0);
}

TEST_CASE_METHOD(MeterFixture, "stream meter: what GetRecords gave, and how old it was") {
  meter.OnGetRecords(
      {.shard = Shard(0), .bytes = 10, .records = 2, .latency_us = 5, .iterator_age_ms = 40'000});
  meter.OnGetRecords({.shard = Shard(0), .bytes = 10, .records = 1, .iterator_age_ms = 9});
  // What was not given has no age.
  meter.OnGetRecords(
      {.shard = Shard(0), .outcome = ReadOutcome::kThrottled, .iterator_age_ms = 99'000});
  meter.OnGetRecords({.shard = Shard(0), .outcome = ReadOutcome::kFailed});
  const StreamStats stats = meter.Stats();
  CHECK(stats.get_records_calls == 4);
  CHECK(stats.get_records_success == 2);
  CHECK(stats.get_records_bytes == 20);
  CHECK(stats.get_records_records == 3);
  CHECK(stats.get_records_latency.count() == 4);
  CHECK(stats.get_records_iterator_age_ms == 40'000);
  CHECK(stats.read_provisioned_throughput_exceeded == 1);
  clock.AdvanceMs(2 * RecentMax::kWindowMs);
  CHECK(meter.Stats().get_records_iterator_age_ms == 0);
}

TEST_CASE_METHOD(MeterFixture, "stream meter: each consumer's subscriptions") {
  meter.OnSubscribe({.consumer = "b"});
  meter.OnSubscribe({.consumer = "a"});
  meter.OnSubscribe({.consumer = "c", .outcome = ReadOutcome::kThrottled});
  meter.OnSubscribe({.consumer = "c", .outcome = ReadOutcome::kFailed});
  meter.OnSubscriptionEvent(
      {.consumer = "a", .shard = Shard(0), .bytes = 30, .records = 3, .millis_behind_latest = 250});
  meter.OnSubscriptionEvent(
      {.consumer = "a", .shard = Shard(0), .bytes = 30, .records = 3, .success = false});
  const StreamStats stats = meter.Stats();
  CHECK(stats.subscribe_to_shard_calls == 4);
  CHECK(stats.subscribe_to_shard_success == 2);
  CHECK(stats.subscribe_to_shard_rate_exceeded == 1);
  const auto consumers = meter.Subscriptions();
  REQUIRE(consumers.size() == 2);
  CHECK(consumers[0].first == "a");
  CHECK(consumers[0].second.events == 2);
  CHECK(consumers[0].second.events_success == 1);
  CHECK(consumers[0].second.bytes == 30);
  CHECK(consumers[0].second.records == 3);
  CHECK(consumers[0].second.millis_behind_latest == 250);
  CHECK(consumers[1].first == "b");
  CHECK(consumers[1].second.events == 0);
}

TEST_CASE_METHOD(MeterFixture, "stream meter: shards are counted while they are asked for") {
  meter.OnPutRecord({.shard = Shard(3), .bytes = 1});
  meter.SetShardMetrics(ShardMetricSet::Of(kAllMetrics));
  CHECK(meter.Shards().empty());
  meter.OnPutRecord({.shard = Shard(3), .bytes = 100});
  meter.OnPutRecord({.shard = Shard(3), .bytes = 5, .outcome = PutOutcome::kThrottled});
  const std::array<ShardPut, 2> puts = {
      ShardPut{.shard = Shard(1), .bytes = 20, .records_stored = 2, .records_throttled = 1},
      ShardPut{.shard = Shard(3), .bytes = 10, .records_stored = 1}};
  meter.OnPutRecords({.shards = puts});
  meter.OnGetRecords({.shard = Shard(1), .bytes = 4, .records = 1, .iterator_age_ms = 77});
  meter.OnGetRecords({.shard = Shard(1), .outcome = ReadOutcome::kThrottled});
  meter.OnSubscriptionEvent({.consumer = "a", .shard = Shard(1), .bytes = 6, .records = 2});

  const auto shards = meter.Shards();
  REQUIRE(shards.size() == 2);
  CHECK(shards[0].first == Shard(1));
  CHECK(shards[0].second.incoming_bytes == 20);
  CHECK(shards[0].second.incoming_records == 2);
  CHECK(shards[0].second.outgoing_bytes == 10);
  CHECK(shards[0].second.outgoing_records == 3);
  CHECK(shards[0].second.write_provisioned_throughput_exceeded == 1);
  CHECK(shards[0].second.read_provisioned_throughput_exceeded == 1);
  CHECK(shards[0].second.iterator_age_ms == 77);
  CHECK(shards[1].first == Shard(3));
  CHECK(shards[1].second.incoming_bytes == 110);
  CHECK(shards[1].second.incoming_records == 2);
  CHECK(shards[1].second.write_provisioned_throughput_exceeded == 1);

  meter.SetShardMetrics({});
  meter.OnPutRecord({.shard = Shard(3), .bytes = 100});
  CHECK(meter.Shards().empty());
}

TEST_CASE_METHOD(MeterFixture, "stream meter: shards and consumers are bounded") {
  meter.SetShardMetrics(ShardMetricSet::Of(kAllMetrics));
  for (uint32_t i = 0; i < StreamMeter::kShardsMax - 1; ++i)
    meter.OnPutRecord({.shard = Shard(i), .bytes = 1});
  CHECK(meter.Shards().size() == StreamMeter::kShardsMax - 1);
  meter.OnPutRecord({.shard = Shard(StreamMeter::kShardsMax - 1), .bytes = 1});
  CHECK(meter.Shards().size() == StreamMeter::kShardsMax);
  meter.OnPutRecord({.shard = Shard(StreamMeter::kShardsMax), .bytes = 1});
  CHECK(meter.Shards().size() == StreamMeter::kShardsMax);
  // Still counted for the stream, and for the shards that there are.
  CHECK(meter.Stats().incoming_records == StreamMeter::kShardsMax + 1);

  for (size_t i = 0; i < StreamMeter::kConsumersMax + 1; ++i) {
    const std::string name = "consumer-" + std::to_string(i);
    meter.OnSubscriptionEvent({.consumer = name, .shard = Shard(0)});
    CHECK(meter.Subscriptions().size() == std::min(i + 1, StreamMeter::kConsumersMax));
  }
}

TEST_CASE("stream meter: an error is throttling for the throughput alone") {
  CHECK(PutOutcomeOf(absl::OkStatus()) == PutOutcome::kStored);
  CHECK(PutOutcomeOf(MakeError(ErrorReason::kThroughputExceeded, "")) == PutOutcome::kThrottled);
  CHECK(PutOutcomeOf(MakeError(ErrorReason::kOverloaded, "")) == PutOutcome::kFailed);
  CHECK(ReadOutcomeOf(absl::OkStatus()) == ReadOutcome::kGiven);
  CHECK(ReadOutcomeOf(MakeError(ErrorReason::kThroughputExceeded, "")) == ReadOutcome::kThrottled);
  CHECK(ReadOutcomeOf(MakeError(ErrorReason::kExpiredIterator, "")) == ReadOutcome::kFailed);
}

TEST_CASE("shard metric set: has what it was made of") {
  const std::array some = {ShardLevelMetric::kIncomingBytes, ShardLevelMetric::kIteratorAge};
  const ShardMetricSet set = ShardMetricSet::Of(some);
  CHECK(set.Has(ShardLevelMetric::kIncomingBytes));
  CHECK(set.Has(ShardLevelMetric::kIteratorAge));
  CHECK_FALSE(set.Has(ShardLevelMetric::kIncomingRecords));
  CHECK(ShardMetricSet::FromBits(set.bits()) == set);
  CHECK(ShardMetricSet().empty());
  CHECK_FALSE(set.empty());
}

}  // namespace
}  // namespace penstock::broker
