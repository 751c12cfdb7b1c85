// ReshardFixture: RecordPlaneFixture whose stream is split and merged, step by step as the broker
// does: the log is sealed first, the new shards are published later.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/support/storage_calls.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {

class ReshardFixture : public RecordPlaneFixture {
 public:
  using RecordPlaneFixture::RecordPlaneFixture;

  void Seal(uint32_t shard) { REQUIRE(testing::Seal(log, Shard(shard)).ok()); }

  // Closes `parents`, whose logs are sealed, and opens children of their hash keys.
  void Publish(const std::vector<uint32_t>& parents, uint32_t child_count) {
    SequenceNumber start = kFirstSequenceNumber;
    HashKeyRange range = shards[parents.front()].hash_keys;
    std::vector<ShardIndex> parent_indexes;
    for (const uint32_t parent : parents) {
      const SequenceNumber end = log.Bounds(Shard(parent))->end;
      shards[parent].ending_sequence_number = end;
      shards[parent].closed_timestamp_ms = clock.NowMs();
      start = std::max(start, end.Next());
      range.last = shards[parent].hash_keys.last;
      parent_indexes.emplace_back(parent);
    }
    const auto first = range.first.value();
    const auto half = first + (range.last.value() - first) / child_count;
    for (uint32_t i = 0; i < child_count; ++i) {
      ShardInfo child;
      child.index = ShardIndex(static_cast<uint32_t>(shards.size()));
      child.hash_keys = {i == 0 ? range.first : HashKey(half + 1),
                         i + 1 == child_count ? range.last : HashKey(half)};
      child.starting_sequence_number = start;
      child.parents = parent_indexes;
      shards.push_back(child);
    }
    PublishShards();
  }
  void Split(uint32_t parent) {
    Seal(parent);
    Publish({parent}, 2);
  }
  // `lower` and `upper` are neighbours.
  void Merge(uint32_t lower, uint32_t upper) {
    Seal(lower);
    Seal(upper);
    Publish({lower, upper}, 1);
  }

  // `shards` without those of `gone`, as when they have expired.
  void PublishShards(const std::vector<uint32_t>& gone = {}) {
    std::vector<ShardInfo> left;
    for (const ShardInfo& shard : shards) {
      if (std::find(gone.begin(), gone.end(), shard.index.value()) == gone.end())
        left.push_back(shard);
    }
    directory.Set(config, left, log);
  }

  StreamConfig config = testing::ActiveStream(1, "orders");
  // By index.
  std::vector<ShardInfo> shards = testing::OpenShards(kShards);
};

}  // namespace penstock::broker
