#include <algorithm>

#include "client/producer/transport.h"
#include "common/check.h"

namespace penstock::producer {

size_t ShardMap::Route(HashKey key) const {
  const auto after = std::upper_bound(
      shards.begin(), shards.end(), key,
      [](HashKey k, const MappedShard& shard) { return k < shard.hash_keys.first; });
  CHECK(after != shards.begin());
  return static_cast<size_t>(after - shards.begin()) - 1;
}

bool ShardMap::Has(ShardIndex shard) const {
  return std::any_of(shards.begin(), shards.end(),
                     [&](const MappedShard& mapped) { return mapped.index == shard; });
}

}  // namespace penstock::producer
