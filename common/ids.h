// The ids of the broker: streams, shards, records.
//
// A stream has a name, which may be used again after deletion, and a StreamId, which never is.
// Stored bytes carry the id alone. A shard is numbered within its stream in order of creation, and
// never renumbered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "common/strong_type.h"

namespace penstock {

// Unique for ever within a data directory. 0 is no stream.
using StreamId = StrongType<uint64_t, struct StreamIdTag>;

// Position of a shard in its stream's order of creation, from 0.
using ShardIndex = StrongType<uint32_t, struct ShardIndexTag>;

// Number of a record in its shard, contiguous, from 1. 0 is before the first record. A child shard
// starts above all its parents' numbers.
using SequenceNumber = StrongType<uint64_t, struct SequenceNumberTag>;

// Term of a shard's leader. Always 1 on a single node.
using Epoch = StrongType<uint32_t, struct EpochTag>;

inline constexpr SequenceNumber kFirstSequenceNumber{1};

// A shard of any stream.
struct ShardKey {
  StreamId stream;
  ShardIndex shard;

  friend auto operator<=>(const ShardKey&, const ShardKey&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const ShardKey& key) {
    return H::combine(std::move(state), key.stream, key.shard);
  }
};

// "shardId-000000000007", the form of Kinesis: clients parse the digits and compare the texts (KPL
// shard_map.h, Flink).
std::string FormatShardId(ShardIndex shard);

// The reverse. INVALID_ARGUMENT unless it is "shardId-", twelve digits, and fits 32 bits.
absl::StatusOr<ShardIndex> ParseShardId(std::string_view text);

// "<stream id>/shardId-000000000007", for messages and logs.
std::string ToString(const ShardKey& key);

}  // namespace penstock
