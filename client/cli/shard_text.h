// Shards and hash keys as the command line takes them. Pure functions; INVALID_ARGUMENT says what
// is accepted.
//
// Filters, as in the API:
//
//   from-trim-horizon, at-trim-horizon, at-latest     whose records are kept, open then, open now
//   at:TIME, from:TIME                                open at a time, or then or later
//   after:SHARD                                       after a shard, in order of id
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/shards.h"

namespace penstock::cli {

absl::StatusOr<ShardFilter> ParseShardFilter(std::string_view text, absl::Time now);

// The hash key that cuts a shard in two halves: where the upper one begins.
absl::StatusOr<std::string> MiddleHashKey(const ShardDescription& shard);

}  // namespace penstock::cli
