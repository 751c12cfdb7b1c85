// The shards of a stream for people. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "penstock/streams.h"

namespace penstock::cli {

// Everything about them, hash keys as numbers of up to 39 digits.
std::string ShardTable(const std::vector<ShardDescription>& shards);

// For a terminal that is so many columns wide: where in all hash keys each shard lies, as a bar, and
// how many of them it has. Parents are named by their numbers.
//
//   SHARD                 STATE   HASH KEYS                   SHARE  SEQUENCE NUMBERS  PARENTS
//   shardId-000000000000  closed  [########################]   100%  1-52
//   shardId-000000000001  open    [############............]    50%  53-               0
//   shardId-000000000002  open    [............############]    50%  53-               0
std::string ShardBars(const std::vector<ShardDescription>& shards, size_t columns);

}  // namespace penstock::cli
