#include "broker/metrics/stream_meters.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/fake_stream_directory.h"
#include "tests/support/memory_shard_log.h"

namespace penstock::broker {
namespace {

struct MetersFixture {
  ManualClock clock{1'700'000'000'000};
  testing::MemoryShardLog log{&clock};
  testing::FakeStreamDirectory directory;
  StreamMetersOptions options{.directory = &directory, .clock = &clock, .streams_max = 3};
  StreamMeters meters{options};

  void AddStream(uint64_t id, std::vector<ShardLevelMetric> shard_metrics = {}) {
    StreamConfig config = testing::ActiveStream(id, Name(id));
    config.shard_level_metrics = std::move(shard_metrics);
    directory.Set(std::move(config), testing::OpenShards(1), log);
  }
  static std::string Name(uint64_t id) { return "stream-" + std::to_string(id); }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const StreamMeters::Entry& entry : meters.All()) names.push_back(entry.stream);
    return names;
  }
};

using Strings = std::vector<std::string>;

TEST_CASE_METHOD(MetersFixture, "stream meters: one a stream, from its first use") {
  AddStream(2);
  AddStream(1);
  CHECK(Names().empty());
  const auto second = meters.Get(StreamId(2));
  const auto first = meters.Get(StreamId(1));
  CHECK(first != second);
  CHECK(meters.Get(StreamId(1)) == first);
  CHECK(Names() == Strings{"stream-1", "stream-2"});
}

TEST_CASE_METHOD(MetersFixture, "stream meters: a stream that is gone takes its meter with it") {
  AddStream(1);
  const auto meter = meters.Get(StreamId(1));
  directory.Remove(Name(1));
  CHECK(Names().empty());
  // Whoever still holds it may still count.
  meter->OnPutRecord({.bytes = 1});
  // The same name is another stream.
  StreamConfig again = testing::ActiveStream(9, Name(1));
  directory.Set(again, testing::OpenShards(1), log);
  CHECK(meters.Get(StreamId(9))->Stats().incoming_records == 0);
  CHECK(Names() == Strings{"stream-1"});
}

TEST_CASE_METHOD(MetersFixture, "stream meters: past the limit streams share one") {
  for (uint64_t id = 1; id <= 5; ++id) AddStream(id);
  const auto third = (meters.Get(StreamId(1)), meters.Get(StreamId(2)), meters.Get(StreamId(3)));
  CHECK(Names() == Strings{"stream-1", "stream-2", "stream-3"});
  const auto fourth = meters.Get(StreamId(4));
  CHECK(fourth != third);
  CHECK(meters.Get(StreamId(5)) == fourth);
  CHECK(Names() == Strings{"stream-1", "stream-2", "stream-3", StreamMeters::kOtherStreams});
}

TEST_CASE_METHOD(MetersFixture,
                 "stream meters: a full registry looks for room, but not each time") {
  for (uint64_t id = 1; id <= 4; ++id) AddStream(id);
  for (uint64_t id = 1; id <= 3; ++id) meters.Get(StreamId(id));
  directory.Remove(Name(2));
  const auto shared = meters.Get(StreamId(4));
  clock.AdvanceMs(options.sweep_interval_ms - 1);
  CHECK(meters.Get(StreamId(4)) == shared);
  clock.AdvanceMs(1);
  CHECK(meters.Get(StreamId(4)) != shared);
}

TEST_CASE_METHOD(MetersFixture, "stream meters: shard metrics follow the stream's settings") {
  AddStream(1, {ShardLevelMetric::kIncomingBytes});
  const auto meter = meters.Get(StreamId(1));
  CHECK(meter->shard_metrics().Has(ShardLevelMetric::kIncomingBytes));
  AddStream(1, {ShardLevelMetric::kOutgoingBytes});
  meters.All();
  CHECK_FALSE(meter->shard_metrics().Has(ShardLevelMetric::kIncomingBytes));
  CHECK(meter->shard_metrics().Has(ShardLevelMetric::kOutgoingBytes));
}

}  // namespace
}  // namespace penstock::broker
