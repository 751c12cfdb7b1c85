#include "broker/stream/stream_snapshot.h"

#include <algorithm>
#include <utility>

#include "common/check.h"

namespace penstock::broker {

StreamSnapshot::StreamSnapshot(StreamConfig config, std::vector<ShardInfo> shards)
    : config_(std::move(config)), shards_(std::move(shards)) {
  for (uint32_t i = 0; i < shards_.size(); ++i) {
    CHECK(i == 0 || shards_[i - 1].index < shards_[i].index);
    if (shards_[i].open()) open_by_range_.push_back(i);
  }
  const auto range_of = [this](uint32_t position) -> const HashKeyRange& {
    return shards_[position].hash_keys;
  };
  std::sort(open_by_range_.begin(), open_by_range_.end(),
            [&](uint32_t a, uint32_t b) { return range_of(a).first < range_of(b).first; });
  CHECK(!open_by_range_.empty());
  CHECK(range_of(open_by_range_.front()).first == HashKey());
  CHECK(range_of(open_by_range_.back()).last == HashKey::Max());
  for (size_t i = 1; i < open_by_range_.size(); ++i) {
    // The successor of the highest hash key wraps around to the lowest.
    CHECK(range_of(open_by_range_[i - 1]).last < range_of(open_by_range_[i]).first);
    CHECK(range_of(open_by_range_[i]).first.value() ==
          range_of(open_by_range_[i - 1]).last.value() + 1);
  }
}

bool StreamSnapshot::serving() const {
  return config_.status == StreamStatus::kActive || config_.status == StreamStatus::kUpdating;
}

const ShardInfo& StreamSnapshot::Route(HashKey key) const {
  const auto above = std::upper_bound(open_by_range_.begin(), open_by_range_.end(), key,
                                      [this](HashKey wanted, uint32_t position) {
                                        return wanted < shards_[position].hash_keys.first;
                                      });
  // The first range starts at 0, so something lies at or below every key.
  return shards_[*std::prev(above)];
}

const ShardInfo* StreamSnapshot::FindShard(ShardIndex index) const {
  const auto found = std::lower_bound(
      shards_.begin(), shards_.end(), index,
      [](const ShardInfo& shard, ShardIndex wanted) { return shard.index < wanted; });
  return found != shards_.end() && found->index == index ? &*found : nullptr;
}

std::vector<const ShardInfo*> StreamSnapshot::ChildrenOf(ShardIndex parent) const {
  std::vector<const ShardInfo*> children;
  for (const ShardInfo& shard : shards_) {
    if (std::find(shard.parents.begin(), shard.parents.end(), parent) != shard.parents.end()) {
      children.push_back(&shard);
    }
  }
  return children;
}

const ConsumerInfo* StreamSnapshot::FindConsumer(std::string_view consumer_name) const {
  const auto found =
      std::find_if(config_.consumers.begin(), config_.consumers.end(),
                   [&](const ConsumerInfo& consumer) { return consumer.name == consumer_name; });
  return found != config_.consumers.end() ? &*found : nullptr;
}

}  // namespace penstock::broker
