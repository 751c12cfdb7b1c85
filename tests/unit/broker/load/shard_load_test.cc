#include "broker/load/shard_load.h"

#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

RecordLoad NoRecord(uint32_t) {
  return {};
}

TEST_CASE("load is counted a second, over the last whole minute", "[load]") {
  ShardLoad load(1, 0);
  for (int64_t now_ms = 0; now_ms < 60'000; now_ms += 1'000) {
    load.Observe({2, 600}, NoRecord, now_ms);
  }
  CHECK(load.Report(30'000).per_second == Load{1, 300});
  const ShardLoadReport report = load.Report(60'000);
  CHECK(report.observed_ms == 60'000);
  CHECK(report.per_second == Load{2, 600});
  CHECK(load.Report(90'000).per_second == Load{1, 300});
  CHECK(load.Report(120'000).per_second == Load{0, 0});
}

TEST_CASE("the fullest minute is remembered for a quarter of an hour", "[load]") {
  ShardLoad load(1, 0);
  load.Observe({60, 6'000}, NoRecord, 30'000);
  load.Observe({30, 12'000}, NoRecord, 90'000);
  CHECK(load.Report(180'000).per_second_max == Load{1, 200});
  CHECK(load.Report(15 * 60'000).per_second_max == Load{1, 200});
  CHECK(load.Report(16 * 60'000).per_second_max == Load{0, 200});
  CHECK(load.Report(17 * 60'000).per_second_max == Load{0, 0});
  // Slots are used again.
  load.Observe({60, 60}, NoRecord, 17 * 60'000);
  CHECK(load.Report(18 * 60'000).per_second_max == Load{1, 1});
}

TEST_CASE("few records of a put are looked at, however large it is", "[load]") {
  ShardLoad load(1, 0);
  uint32_t asked = 0;
  const auto record_at = [&](uint32_t index) {
    REQUIRE(index < 500);
    ++asked;
    return RecordLoad{HashKey(index), 1'000};
  };
  for (int i = 0; i < 100; ++i) {
    load.Observe({500, 500'000}, record_at, i);
    REQUIRE(asked <= (static_cast<uint32_t>(i) + 1) * ShardLoad::kSamplesPerPut);
  }
  CHECK(asked == 400);
  CHECK(load.SampledKeys(100).size() == ShardLoad::kSamples);
  // Old samples say nothing of now.
  CHECK(load.SampledKeys(99 + ShardLoad::kSampleAgeMsMax).size() == 4);
  CHECK(load.SampledKeys(100 + ShardLoad::kSampleAgeMsMax).empty());
}

TEST_CASE("small puts are sampled by their weight", "[load]") {
  ShardLoad load(1, 0);
  uint32_t asked = 0;
  const auto record_at = [&](uint32_t) {
    ++asked;
    return RecordLoad{HashKey(1), 1'000};
  };
  for (int i = 0; i < 10'000; ++i) load.Observe({1, 1'000}, record_at, i);
  const auto expected =
      static_cast<uint32_t>(10'000 * WeightOf({1, 1'000}) / ShardLoad::kSampleEvery);
  CHECK(asked > expected * 9 / 10);
  CHECK(asked < expected * 11 / 10);
}

// A key's share of the samples is its share of the load, whether it comes in records of its own size
// or mixed into the puts of others.
TEST_CASE("shares of keys are told within what the sample allows", "[load]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    ShardLoad load(seed, 0);
    uint64_t heavy = 0;
    uint64_t all = 0;
    for (int64_t now_ms = 0; now_ms < 60'000; now_ms += 20) {
      std::vector<RecordLoad> put(1 + random() % 8);
      Load of_put{put.size(), 0};
      for (RecordLoad& record : put) {
        const bool is_heavy = random() % 4 == 0;
        record = {is_heavy ? HashKey(7) : HashKey(1'000 + random()), is_heavy ? 20'000U : 2'000U};
        of_put.bytes += record.bytes;
        if (is_heavy) heavy += WeightOf({1, record.bytes});
      }
      all += WeightOf(of_put);
      load.Observe(
          of_put, [&](uint32_t i) { return put[i]; }, now_ms);
    }
    const auto heaviest = KeyDistribution(load.SampledKeys(60'000)).heaviest();
    REQUIRE(heaviest.has_value());
    CHECK(heaviest->key == HashKey(7));
    const double share = static_cast<double>(heavy) / static_cast<double>(all);
    CHECK(heaviest->share > share - 0.12);
    CHECK(heaviest->share < share + 0.12);
  }
}

}  // namespace
}  // namespace penstock::broker
