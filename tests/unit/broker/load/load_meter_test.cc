#include "broker/load/load_meter.h"

#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr StreamId kStream(1);
constexpr StreamId kOther(2);

RecordLoad AnyRecord(uint32_t) {
  return {HashKey(1), 100};
}

std::vector<ShardIndex> Shards(uint32_t begin, uint32_t end) {
  std::vector<ShardIndex> shards;
  for (uint32_t i = begin; i < end; ++i) shards.emplace_back(i);
  return shards;
}

TEST_CASE("only tracked shards are metered", "[load]") {
  LoadMeter meter;
  bool asked = false;
  meter.Observe(
      {kStream, ShardIndex(0)}, {1'000, 1 << 20},
      [&](uint32_t) {
        asked = true;
        return RecordLoad{};
      },
      0);
  CHECK_FALSE(asked);
  CHECK_FALSE(meter.Report({kStream, ShardIndex(0)}, 0).has_value());
  CHECK(meter.size() == 0);

  meter.Track(kStream, Shards(0, 2), 5'000);
  meter.Observe({kStream, ShardIndex(0)}, {60, 6'000}, AnyRecord, 6'000);
  CHECK(meter.Report({kStream, ShardIndex(0)}, 65'000)->per_second == Load{1, 100});
  CHECK(meter.Report({kStream, ShardIndex(1)}, 65'000)->per_second == Load{});
  CHECK(meter.Report({kStream, ShardIndex(1)}, 65'000)->observed_ms == 60'000);
  meter.Observe({kStream, ShardIndex(0)}, {1, 1 << 20}, AnyRecord, 65'000);
  CHECK(meter.KeysOf({kStream, ShardIndex(0)}, 65'000).heaviest()->key == HashKey(1));
  CHECK(meter.KeysOf({kStream, ShardIndex(1)}, 65'000).sample_count() == 0);
  CHECK(meter.KeysOf({kOther, ShardIndex(0)}, 65'000).sample_count() == 0);
}

TEST_CASE("tracking again keeps what is known, and drops what is not named", "[load]") {
  LoadMeter meter;
  meter.Track(kStream, Shards(0, 3), 0);
  meter.Track(kOther, Shards(0, 3), 0);
  meter.Track(kStream, Shards(1, 4), 10'000);
  CHECK(meter.size() == 6);
  CHECK_FALSE(meter.Report({kStream, ShardIndex(0)}, 10'000).has_value());
  CHECK(meter.Report({kStream, ShardIndex(1)}, 10'000)->observed_ms == 10'000);
  CHECK(meter.Report({kStream, ShardIndex(3)}, 10'000)->observed_ms == 0);
  CHECK(meter.Report({kOther, ShardIndex(0)}, 10'000)->observed_ms == 10'000);
  meter.Track(kStream, {}, 10'000);
  CHECK(meter.size() == 3);
}

TEST_CASE("no more shards are metered than may be", "[load]") {
  LoadMeter meter(/*shards_max=*/10);
  meter.Track(kStream, Shards(0, 8), 0);
  meter.Track(kOther, Shards(0, 8), 0);
  CHECK(meter.size() == 10);
  CHECK(meter.Report({kOther, ShardIndex(1)}, 0).has_value());
  CHECK_FALSE(meter.Report({kOther, ShardIndex(2)}, 0).has_value());
  meter.Track(kStream, {}, 0);
  meter.Track(kOther, Shards(0, 8), 0);
  CHECK(meter.size() == 8);
}

TEST_CASE("threads put while shards come and go", "[load]") {
  LoadMeter meter;
  meter.Track(kStream, Shards(0, 4), 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 6'000; ++j) {
        meter.Observe({kStream, ShardIndex(0)}, {1, 10}, AnyRecord, j);
        meter.Observe({kStream, ShardIndex(static_cast<uint32_t>(j) % 9)}, {0, 0}, AnyRecord, j);
      }
    });
  }
  for (uint32_t i = 1; i < 200; ++i) {
    meter.Track(kStream, Shards(0, 1 + i % 8), 0);
    meter.Report({kStream, ShardIndex(0)}, 0);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(meter.Report({kStream, ShardIndex(0)}, 60'000)->per_second == Load{300, 3'000});
}

}  // namespace
}  // namespace penstock::broker
