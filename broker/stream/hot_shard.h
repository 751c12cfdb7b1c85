// HotShardReport: a shard whose load comes from one hash key, so that no split would spread it. The
// seam between the doors, which describe streams, and the load meter.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::broker {

struct HotShardReport {
  ShardIndex shard;
  HashKey hash_key;
  // The key's part of the shard's bytes, 0 to 1.
  double share = 0;
  uint64_t bytes_per_second = 0;
};

// Thread-safe; answers from memory.
using HotShardSource = std::function<std::vector<HotShardReport>(StreamId)>;

}  // namespace penstock::broker
