#include "broker/load/shard_load.h"

#include <algorithm>

namespace penstock::broker {
namespace {

constexpr uint64_t kSecondsPerMinute = 60;

Load PerSecond(const Load& in_a_minute) {
  return {in_a_minute.records / kSecondsPerMinute, in_a_minute.bytes / kSecondsPerMinute};
}

}  // namespace

void ShardLoad::Observe(const Load& load, RecordLoadAt record_at, int64_t now_ms) {
  minute_.Add(load, now_ms);
  minutes_.Add(load, now_ms);
  if (load.records == 0) return;
  until_sample_ -= static_cast<int64_t>(WeightOf(load));
  if (until_sample_ > 0) return;

  // The put is sampled for what it has passed of the way: all of that weight goes to its samples.
  uint64_t crossed = 0;
  while (until_sample_ <= 0 && crossed < kSamplesPerPut) {
    until_sample_ += NextInterval();
    ++crossed;
  }
  uint64_t passed = crossed * kSampleEvery;
  if (until_sample_ <= 0) {
    passed += static_cast<uint64_t>(-until_sample_);
    until_sample_ = NextInterval();
  }
  // A record is taken by position, and weighed by its own part of the put: no record but the
  // sampled ones has to be looked at.
  const double scale = static_cast<double>(passed) / static_cast<double>(crossed) *
                       static_cast<double>(load.records) / static_cast<double>(WeightOf(load));
  for (uint64_t i = 0; i < crossed; ++i) {
    const RecordLoad record = record_at(static_cast<uint32_t>(Random() % load.records));
    Keep({record.hash_key, scale * static_cast<double>(WeightOf({1, record.bytes})), now_ms});
  }
}

ShardLoadReport ShardLoad::Report(int64_t now_ms) const {
  ShardLoadReport report;
  report.observed_ms = std::max<int64_t>(now_ms - began_ms_, 0);
  report.per_second = PerSecond(minute_.Sum(now_ms));
  report.per_second_max = MaxOf(report.per_second, PerSecond(minutes_.Max(now_ms)));
  return report;
}

std::vector<WeightedKey> ShardLoad::SampledKeys(int64_t now_ms) const {
  std::vector<WeightedKey> keys;
  keys.reserve(samples_.size());
  for (const Sample& sample : samples_) {
    if (now_ms - sample.at_ms > kSampleAgeMsMax) continue;
    keys.push_back({sample.key, sample.weight});
  }
  return keys;
}

void ShardLoad::Keep(const Sample& sample) {
  if (samples_.size() < kSamples) {
    samples_.push_back(sample);
    return;
  }
  samples_[next_sample_] = sample;
  next_sample_ = (next_sample_ + 1) % kSamples;
}

uint64_t ShardLoad::Random() {
  // SplitMix64 (Steele, Lea, Flood 2014): any seed will do, and nothing here is secret.
  uint64_t mixed = random_ += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

int64_t ShardLoad::NextInterval() {
  return static_cast<int64_t>(kSampleEvery / 2 + Random() % kSampleEvery);
}

}  // namespace penstock::broker
