#include "broker/record/child_shards.h"

#include <algorithm>

namespace penstock::broker {
namespace {

bool Overlap(const HashKeyRange& a, const HashKeyRange& b) {
  return a.first <= b.last && b.first <= a.last;
}

bool Contains(const std::vector<ShardIndex>& indexes, ShardIndex wanted) {
  return std::find(indexes.begin(), indexes.end(), wanted) != indexes.end();
}

}  // namespace

std::vector<ChildShard> ChildShardsOf(const StreamSnapshot& stream, const ShardInfo& closed) {
  // Shards are numbered as they are made, and the open ones never overlap: those that came later
  // and share hash keys with `closed` are its descendants. Parents come before their children.
  std::vector<ShardIndex> descendants;
  std::vector<ChildShard> children;
  for (const ShardInfo& shard : stream.shards()) {
    if (shard.index <= closed.index || !Overlap(shard.hash_keys, closed.hash_keys)) continue;
    const bool nearest =
        std::none_of(shard.parents.begin(), shard.parents.end(),
                     [&](ShardIndex parent) { return Contains(descendants, parent); });
    descendants.push_back(shard.index);
    if (!nearest) continue;
    const bool is_child = Contains(shard.parents, closed.index);
    children.push_back({shard.index,
                        is_child ? shard.parents : std::vector<ShardIndex>{closed.index},
                        shard.hash_keys});
  }
  return children;
}

}  // namespace penstock::broker
