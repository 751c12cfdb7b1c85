// ChildShards: the shards that go on with the hash keys of a closed one.
//
// Told to a reader that has read a closed shard to its end, and there only; never none then, as
// the open shards of a stream cover all hash keys: KCL repeats a call for ever whose answer has
// neither an iterator nor children, or both (DataRetrievalUtil.isValidResult).
#pragma once

#include <vector>

#include "broker/stream/stream_snapshot.h"
#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::broker {

struct ChildShard {
  ShardIndex shard;
  // One after a split, two after a merge: all of them, also one that the stream no longer has.
  std::vector<ShardIndex> parents;
  HashKeyRange hash_keys;

  friend bool operator==(const ChildShard&, const ChildShard&) = default;
};

// In order of index. A child that has expired is replaced by its nearest descendants that are
// there, with `closed` as their one parent: what lay between held records older than the retention
// period and nothing else, and a reader that is told of a shard checks that it is a child of the
// one it has read (KCL ShutdownTask), and that its parents are read or unknown.
std::vector<ChildShard> ChildShardsOf(const StreamSnapshot& stream, const ShardInfo& closed);

}  // namespace penstock::broker
