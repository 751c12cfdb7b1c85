#include "broker/load/key_distribution.h"

#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr HashKeyRange kRange{HashKey(1'000), HashKey(1'999)};

TEST_CASE("the cut is where half of the weight is on each side", "[load]") {
  const KeyDistribution keys({{HashKey(1'900), 1},
                              {HashKey(1'100), 2},
                              {HashKey(1'200), 1},
                              {HashKey(1'800), 1},
                              {HashKey(1'100), 1}});
  CHECK(keys.sample_count() == 5);
  // 1100 has half, with no more than its neighbour beside it: the cut is right behind it.
  const auto cut = keys.BestCut(kRange);
  REQUIRE(cut.has_value());
  CHECK(cut->at == HashKey(1'101));
  CHECK(cut->lower_share == 0.5);
  CHECK(keys.heaviest()->key == HashKey(1'100));
  CHECK(keys.heaviest()->share == 0.5);
}

TEST_CASE("between light keys the cut is in the middle of the gap", "[load]") {
  std::vector<WeightedKey> samples;
  for (Uint128 i = 0; i < 10; ++i) samples.push_back({HashKey(1'000 + i * 100), 1});
  const auto cut = KeyDistribution(samples).BestCut(kRange);
  REQUIRE(cut.has_value());
  CHECK(cut->at == HashKey(1'450));
  CHECK(cut->smaller_share() == 0.5);
}

TEST_CASE("a heavy key gets the cut right beside it", "[load]") {
  std::vector<WeightedKey> samples = {{HashKey(1'500), 60}};
  for (Uint128 i = 0; i < 60; ++i) samples.push_back({HashKey(1'000 + i), 1});
  // All light ones below it: the cut is at the heavy key itself.
  CHECK(KeyDistribution(samples).BestCut(kRange)->at == HashKey(1'500));
  for (size_t i = 1; i < samples.size(); ++i) {
    samples[i].key = HashKey(1'600 + static_cast<Uint128>(i));
  }
  CHECK(KeyDistribution(samples).BestCut(kRange)->at == HashKey(1'501));
}

TEST_CASE("without two keys in the range there is no cut", "[load]") {
  CHECK_FALSE(KeyDistribution().BestCut(kRange).has_value());
  CHECK_FALSE(KeyDistribution().heaviest().has_value());
  const KeyDistribution one({{HashKey(1'500), 1}, {HashKey(1'500), 1}, {HashKey(5), 1}});
  CHECK_FALSE(one.BestCut(kRange).has_value());
}

TEST_CASE("the middle of a range", "[load]") {
  CHECK(MiddleOf({HashKey(0), HashKey::Max()}) == HashKey(Uint128{1} << 127));
  CHECK(MiddleOf({HashKey(4), HashKey(5)}) == HashKey(5));
  CHECK_FALSE(MiddleOf({HashKey(4), HashKey(4)}).has_value());
}

// Any cut lies inside its range, and no other gap between the keys would part them better.
TEST_CASE("random keys are cut at their weighted median", "[load]") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const Uint128 first = random();
    const HashKeyRange range{HashKey(first), HashKey(first + 1 + random() % 5'000)};
    const Uint128 width = range.last.value() - first + 1;
    std::vector<WeightedKey> samples;
    double total = 0;
    for (uint64_t i = 0; i < 2 + random() % 300; ++i) {
      samples.push_back({HashKey(first + random() % static_cast<uint64_t>(width)),
                         static_cast<double>(1 + random() % 100)});
      total += samples.back().weight;
    }
    const auto lower_of = [&](HashKey at) {
      double lower = 0;
      for (const WeightedKey& sample : samples) lower += sample.key < at ? sample.weight : 0;
      return lower;
    };
    const auto cut = KeyDistribution(samples).BestCut(range);
    if (!cut.has_value()) {
      for (const WeightedKey& sample : samples) REQUIRE(sample.key == samples.front().key);
      continue;
    }
    REQUIRE(range.first < cut->at);
    REQUIRE(cut->at <= range.last);
    REQUIRE(std::abs(cut->lower_share - lower_of(cut->at) / total) < 1e-9);
    for (const WeightedKey& sample : samples) {
      const double lower = lower_of(sample.key);
      if (lower == 0) continue;
      REQUIRE(std::abs(cut->lower_share - 0.5) <= std::abs(lower / total - 0.5) + 1e-9);
    }
  }
}

}  // namespace
}  // namespace penstock::broker
