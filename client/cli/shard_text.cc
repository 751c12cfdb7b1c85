#include "client/cli/shard_text.h"

#include "absl/strings/str_cat.h"

#include "client/cli/time_text.h"
#include "common/error.h"
#include "common/hash_key.h"
#include "common/status_macros.h"

namespace penstock::cli {

absl::StatusOr<ShardFilter> ParseShardFilter(std::string_view text, absl::Time now) {
  if (text == "from-trim-horizon") return ShardFilter::FromTrimHorizon();
  if (text == "at-trim-horizon") return ShardFilter::AtTrimHorizon();
  if (text == "at-latest") return ShardFilter::AtLatest();
  const std::string_view after = "after:";
  if (text.starts_with(after)) return ShardFilter::AfterShardId(text.substr(after.size()));
  for (const std::string_view prefix : {"at:", "from:"}) {
    if (!text.starts_with(prefix)) continue;
    ASSIGN_OR_RETURN(const absl::Time time, ParseTimestamp(text.substr(prefix.size()), now));
    return prefix == "at:" ? ShardFilter::AtTimestamp(time) : ShardFilter::FromTimestamp(time);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", Excerpt(text),
                   "' is no filter: give from-trim-horizon, at-trim-horizon, at-latest, at:TIME, "
                   "from:TIME or after:SHARD"));
}

absl::StatusOr<std::string> MiddleHashKey(const ShardDescription& shard) {
  ASSIGN_OR_RETURN(const HashKey first, HashKey::FromDecimal(shard.starting_hash_key));
  ASSIGN_OR_RETURN(const HashKey last, HashKey::FromDecimal(shard.ending_hash_key));
  if (last <= first) {
    return absl::InvalidArgumentError(
        absl::StrCat("shard ", shard.shard_id, " has one hash key, which cannot be split"));
  }
  // Rounded up, so that the lower half is not empty.
  const Uint128 half = (last.value() - first.value()) / 2 + 1;
  return HashKey(first.value() + half).ToDecimal();
}

}  // namespace penstock::cli
