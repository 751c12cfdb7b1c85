#include "broker/load/stream_scalers.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/limit/shard_limiters.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kMib = 1 << 20;
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;

// A stream whose decisions are carried out at once.
class SimulatedStream {
 public:
  explicit SimulatedStream(uint32_t shard_count) {
    config_.id = StreamId(1);
    config_.name = "simulated";
    config_.status = StreamStatus::kActive;
    config_.mode = StreamMode::kOnDemand;
    config_.limits = StreamLimits::Kinesis();
    for (const HashKeyRange& range : UniformRanges(shard_count)) Add(range, {});
    Publish();
  }

  StreamConfig& config() { return config_; }
  const StreamSnapshot& snapshot() const { return *snapshot_; }
  void Publish() { snapshot_ = std::make_unique<StreamSnapshot>(config_, shards_); }

  void Apply(const ScalingDecision& decision) {
    for (const SplitAction& split : decision.splits) {
      const HashKeyRange range = Close(split.shard);
      REQUIRE(range.first < split.at);
      REQUIRE(split.at <= range.last);
      Add({range.first, HashKey(split.at.value() - 1)}, {split.shard});
      Add({split.at, range.last}, {split.shard});
    }
    for (const MergeAction& merge : decision.merges) {
      const HashKeyRange lower = Close(merge.lower);
      const HashKeyRange upper = Close(merge.upper);
      REQUIRE(lower.last.value() + 1 == upper.first.value());
      Add({lower.first, upper.last}, {merge.lower, merge.upper});
    }
    // The snapshot checks that the open shards tile all hash keys.
    Publish();
  }

 private:
  void Add(const HashKeyRange& range, std::vector<ShardIndex> parents) {
    ShardInfo shard;
    shard.index = next_++;
    shard.hash_keys = range;
    shard.parents = std::move(parents);
    shards_.push_back(std::move(shard));
  }

  HashKeyRange Close(ShardIndex index) {
    for (auto shard = shards_.begin(); shard != shards_.end(); ++shard) {
      if (shard->index != index) continue;
      const HashKeyRange range = shard->hash_keys;
      shards_.erase(shard);
      return range;
    }
    FAIL("no open shard " << index.value());
    return {};
  }

  struct NextIndex {
    uint32_t next = 0;
    ShardIndex operator++(int) { return ShardIndex(next++); }
  };

  StreamConfig config_;
  NextIndex next_;
  std::vector<ShardInfo> shards_;
  std::unique_ptr<StreamSnapshot> snapshot_;
};

// Puts by a function of time, under the limits of Kinesis, with an evaluation each 10 seconds.
class Simulation {
 public:
  static constexpr int64_t kTickMs = 5'000;
  static constexpr int kPutsPerTick = 128;

  struct Traffic {
    uint64_t bytes_per_second;
    // The key of a put of the tick, which is the i-th of kPutsPerTick.
    std::function<HashKey(int i)> key;
  };
  struct Result {
    double admitted_share = 1;
    uint32_t splits = 0;
    uint32_t merges = 0;
    size_t shards_max = 0;
  };

  Simulation(uint64_t seed, uint32_t shards) : random(seed), stream(shards), scalers_(meter_) {}

  Result Run(int64_t duration_ms, const std::function<Traffic(int64_t now_ms)>& traffic) {
    Result result;
    uint64_t offered = 0;
    uint64_t admitted = 0;
    for (const int64_t end_ms = now_ms_ + duration_ms; now_ms_ < end_ms; now_ms_ += kTickMs) {
      if (now_ms_ % StreamScalers::kEvaluateEveryMs == 0) Evaluate(result);
      const Traffic now = traffic(now_ms_);
      const uint64_t bytes = now.bytes_per_second * (kTickMs / 1'000) / kPutsPerTick;
      for (int i = 0; i < kPutsPerTick && bytes > 0; ++i) {
        offered += bytes;
        if (Put(now.key(i), bytes)) admitted += bytes;
      }
    }
    if (offered > 0) {
      result.admitted_share = static_cast<double>(admitted) / static_cast<double>(offered);
    }
    return result;
  }

  // Nothing is put; evaluated more seldom.
  void Idle(int64_t duration_ms) {
    Result ignored;
    for (const int64_t end_ms = now_ms_ + duration_ms; now_ms_ < end_ms; now_ms_ += kMinuteMs) {
      Evaluate(ignored);
    }
  }

  // Evenly over all hash keys, as many small writers are together.
  HashKey EvenKey(int i) {
    static_assert(kPutsPerTick == 128);
    // Not in order of key: what is refused at the end of a tick would be the same keys each time.
    const auto part = static_cast<Uint128>(i * 37 % kPutsPerTick);
    return HashKey((part << 121) | (AnyKey().value() >> 7));
  }
  HashKey AnyKey() { return HashKey(random() | (Uint128{random()} << 64)); }

  const std::vector<HotShardReport>& hot_shards() const { return hot_shards_; }
  size_t shard_count() const { return stream.snapshot().open_shard_count(); }

  std::mt19937_64 random;
  SimulatedStream stream;

 private:
  bool Put(HashKey key, uint64_t bytes) {
    const StreamSnapshot& snapshot = stream.snapshot();
    const ShardKey shard = snapshot.KeyOf(snapshot.Route(key));
    const LimitedShard limited{shard, snapshot.config().name, snapshot.config().limits};
    if (!limiters_.AdmitWrite(limited, 1, bytes, now_ms_).ok()) return false;
    meter_.Observe(
        shard, {1, bytes},
        [&](uint32_t) {
          return RecordLoad{key, bytes};
        },
        now_ms_);
    return true;
  }

  void Evaluate(Result& result) {
    const ScalingDecision decision = scalers_.Evaluate(stream.snapshot(), {}, now_ms_);
    hot_shards_ = scalers_.HotShardsOf(stream.snapshot().config().id);
    result.splits += static_cast<uint32_t>(decision.splits.size());
    result.merges += static_cast<uint32_t>(decision.merges.size());
    if (decision.changes()) stream.Apply(decision);
    result.shards_max = std::max(result.shards_max, shard_count());
  }

  int64_t now_ms_ = 0;
  LoadMeter meter_;
  ShardLimiters limiters_;
  StreamScalers scalers_;
  std::vector<HotShardReport> hot_shards_;
};

// What is split is cut by a sample, so the parts are not equal, and the largest of them may be split
// once more, hours later. Nothing is ever merged back for it.
TEST_CASE("simulation: an even load finds its shards and keeps them", "[scaling]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Simulation simulation(seed, kOnDemandShardsDefault);
    const uint64_t bytes_per_second = simulation.random() % (20 * kMib) + kMib / 2;
    INFO("seed " << seed << ", " << bytes_per_second << " bytes a second");
    const auto even = [&](int64_t) {
      return Simulation::Traffic{bytes_per_second, [&](int i) { return simulation.EvenKey(i); }};
    };
    simulation.Run(20 * kMinuteMs, even);
    const auto settled = simulation.Run(2 * kHourMs, even);
    CHECK(settled.admitted_share == 1.0);
    CHECK(settled.merges == 0);
    CHECK(settled.splits * 4 <= simulation.shard_count());
    // Twice what is put, at least, and no more than a doubling of the shards asks for.
    CHECK(simulation.shard_count() * kMib >= 2 * bytes_per_second);
    CHECK(simulation.shard_count() <=
          std::max<size_t>(kOnDemandShardsDefault, 4 * bytes_per_second / kMib + 4));
  }
}

TEST_CASE("simulation: keys of unequal load are spread by what they are put", "[scaling]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    INFO("seed " << seed);
    Simulation simulation(seed, kOnDemandShardsDefault);
    // Zipf with exponent 1: the first of 1,000 keys has 13 percent, 0.53 MiB/s.
    std::vector<HashKey> keys(1'000);
    std::generate(keys.begin(), keys.end(), [&] { return simulation.AnyKey(); });
    std::vector<double> weights;
    for (size_t i = 0; i < keys.size(); ++i) weights.push_back(1.0 / static_cast<double>(i + 1));
    std::discrete_distribution<size_t> rank(weights.begin(), weights.end());
    const auto zipf = [&](int64_t) {
      return Simulation::Traffic{4 * kMib, [&](int) { return keys[rank(simulation.random)]; }};
    };
    simulation.Run(kHourMs, zipf);
    const auto settled = simulation.Run(3 * kHourMs, zipf);
    CHECK(settled.admitted_share > 0.999);
    // The first key is about as hot as what is split: now and then it crosses the line.
    CHECK(settled.splits + settled.merges <= 6);
    CHECK(simulation.shard_count() <= 24);
  }
}

TEST_CASE("simulation: one key that is too hot is told, and nothing is split for it", "[scaling]") {
  Simulation simulation(1, kOnDemandShardsDefault);
  const HashKey hot = simulation.AnyKey();
  const auto one_key = [&](int64_t) {
    return Simulation::Traffic{4 * kMib,
                               [&](int i) { return i % 4 == 0 ? simulation.AnyKey() : hot; }};
  };
  simulation.Run(10 * kMinuteMs, one_key);
  REQUIRE(simulation.hot_shards().size() == 1);
  CHECK(simulation.hot_shards()[0].hash_key == hot);
  CHECK(simulation.hot_shards()[0].share > 0.8);
  const auto later = simulation.Run(4 * kHourMs, one_key);
  CHECK(later.splits + later.merges == 0);
  CHECK(simulation.shard_count() == kOnDemandShardsDefault);
  // Told no more when it has cooled.
  simulation.Run(5 * kMinuteMs, [&](int64_t) {
    return Simulation::Traffic{kMib, [&](int i) { return simulation.EvenKey(i); }};
  });
  CHECK(simulation.hot_shards().empty());
}

TEST_CASE("simulation: a hot spot that moves leaves no shards behind", "[scaling]") {
  Simulation simulation(7, kOnDemandShardsDefault);
  HashKey spot;
  const auto moving = [&](int64_t now_ms) {
    if (now_ms % kHourMs == 0) spot = HashKey(simulation.AnyKey().value() & ~(~Uint128{0} >> 6));
    return Simulation::Traffic{4 * kMib, [&](int i) {
                                 // A sixty-fourth of the hash keys gets three quarters.
                                 if (i % 4 == 0) return simulation.AnyKey();
                                 return HashKey(spot.value() + (simulation.AnyKey().value() >> 6));
                               }};
  };
  const auto day = simulation.Run(24 * kHourMs, moving);
  CHECK(day.admitted_share > 0.95);
  CHECK(day.shards_max <= 48);
  CHECK(day.merges > 24);
}

TEST_CASE("simulation: a daily wave finds its shards again each morning", "[scaling]") {
  Simulation simulation(3, kOnDemandShardsDefault);
  const auto wave = [&](int64_t now_ms) {
    const double phase =
        2 * std::numbers::pi * static_cast<double>(now_ms) / static_cast<double>(24 * kHourMs);
    const double mibps = 1 + 9 * (1 - std::cos(phase)) / 2;
    return Simulation::Traffic{static_cast<uint64_t>(mibps * kMib),
                               [&](int i) { return simulation.EvenKey(i); }};
  };
  const auto first_day = simulation.Run(24 * kHourMs, wave);
  CHECK(first_day.admitted_share == 1.0);
  CHECK(first_day.splits > 0);
  const auto second_day = simulation.Run(24 * kHourMs, wave);
  CHECK(second_day.admitted_share == 1.0);
  CHECK(second_day.splits + second_day.merges == 0);
  // Gone for more than a week: the shards go too.
  simulation.Idle(8 * 24 * kHourMs);
  CHECK(simulation.shard_count() == kOnDemandShardsDefault);
}

TEST_CASE("warm throughput is there within a minute", "[scaling]") {
  Simulation simulation(1, kOnDemandShardsDefault);
  simulation.stream.config().warm_throughput_mibps = 100;
  simulation.stream.Publish();
  const auto result = simulation.Run(kMinuteMs, [&](int64_t) {
    return Simulation::Traffic{0, [&](int i) { return simulation.EvenKey(i); }};
  });
  CHECK(simulation.shard_count() == 100);
  CHECK(result.merges == 0);
}

TEST_CASE("a stream that starts again keeps its shards for a day", "[scaling]") {
  Simulation simulation(1, /*shards=*/16);
  simulation.Idle(24 * kHourMs);
  CHECK(simulation.shard_count() == 16);
  simulation.Idle(kHourMs);
  CHECK(simulation.shard_count() == kOnDemandShardsDefault);
}

TEST_CASE("a stream cools down after a change of its shards", "[scaling]") {
  LoadMeter meter;
  StreamScalers scalers(meter);
  SimulatedStream stream(2);
  REQUIRE_FALSE(scalers.Evaluate(stream.snapshot(), {}, 0).changes());
  const auto put = [&](uint32_t shard, int64_t now_ms) {
    meter.Observe(
        {StreamId(1), ShardIndex(shard)}, {1, 100 * kMib}, [](uint32_t) { return RecordLoad{}; },
        now_ms);
  };
  put(0, 50'000);
  const ScalingDecision first = scalers.Evaluate(stream.snapshot(), {}, 60'000);
  REQUIRE(first.splits.size() == 1);
  CHECK(first.splits[0].shard == ShardIndex(0));
  stream.Apply(first);
  put(1, 60'000);
  CHECK_FALSE(scalers.Evaluate(stream.snapshot(), {}, 70'000).changes());
  CHECK_FALSE(scalers.Evaluate(stream.snapshot(), {}, 90'000).changes());
  const ScalingDecision second = scalers.Evaluate(stream.snapshot(), {}, 100'000);
  REQUIRE(second.splits.size() == 1);
  CHECK(second.splits[0].shard == ShardIndex(1));
}

TEST_CASE("only active on-demand streams are scaled, and metered", "[scaling]") {
  LoadMeter meter;
  StreamScalers scalers(meter);
  SimulatedStream stream(2);
  stream.config().warm_throughput_mibps = 4;
  stream.Publish();
  CHECK(scalers.Evaluate(stream.snapshot(), {}, 0).splits.size() == 2);
  CHECK(scalers.Evaluate(stream.snapshot(), {3, 100}, 0).splits.size() == 1);
  CHECK(scalers.Evaluate(stream.snapshot(), {3, 1}, 0).splits.empty());
  CHECK(meter.size() == 2);

  stream.config().status = StreamStatus::kUpdating;
  stream.Publish();
  CHECK_FALSE(scalers.Evaluate(stream.snapshot(), {}, 0).changes());
  CHECK(meter.size() == 2);

  stream.config().status = StreamStatus::kActive;
  stream.config().mode = StreamMode::kProvisioned;
  stream.Publish();
  CHECK_FALSE(scalers.Evaluate(stream.snapshot(), {}, 0).changes());
  CHECK(meter.size() == 0);

  stream.config().mode = StreamMode::kOnDemand;
  stream.Publish();
  scalers.Evaluate(stream.snapshot(), {}, 0);
  CHECK(meter.size() == 2);
  scalers.Forget(stream.config().id, 0);
  CHECK(meter.size() == 0);
}

}  // namespace
}  // namespace penstock::broker
