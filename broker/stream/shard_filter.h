// ShardFilter: which shards ListShards gives. Pure functions.
//
//   time  ──────┬──────────────┬───────────────────────┬──▶ now
//          trim horizon    timestamp                 latest
//   AT_…    the shards that were open at that moment
//   FROM_…  those, and all that were opened later
//
// A shard is open from its creation to its closing, both included, so that at the moment of a
// switch both its parents and its children are given (Kinesis API, ShardFilter). The trim horizon
// is the retention period ago, or the stream's creation if that is later; moments before it stand
// for it. A shard that was closed before it has expired and is never given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "broker/stream/stream_snapshot.h"

namespace penstock::broker {

// The numbers are those of penstock.v1, and sealed into tokens.
enum class ShardFilterType {
  kUnspecified = 0,
  kAfterShardId = 1,
  kAtTrimHorizon = 2,
  kFromTrimHorizon = 3,
  kAtLatest = 4,
  kAtTimestamp = 5,
  kFromTimestamp = 6,
};

// As the caller gives it.
struct ShardFilterSpec {
  ShardFilterType type = ShardFilterType::kUnspecified;
  std::string shard_id = {};
  std::optional<int64_t> timestamp_ms = std::nullopt;
};

// Resolved: with the moment at which the first page was asked for, so that all pages are of one
// list.
struct ShardFilter {
  enum class Kind : uint8_t { kFrom = 1, kAt = 2, kOpen = 3 };

  Kind kind = Kind::kFrom;
  // Of kFrom and kAt.
  int64_t timestamp_ms = 0;

  bool Matches(const ShardInfo& shard) const;
};

// Milliseconds since 1970: what arrived before has expired.
int64_t TrimHorizonMs(const StreamConfig& config, int64_t now_ms);

// Whether all records of the shard have expired: it is closed, and was before the trim horizon.
bool HasExpired(const StreamConfig& config, const ShardInfo& shard, int64_t now_ms);

// INVALID_ARGUMENT naming shard_filter.type, .shard_id or .timestamp_ms: unknown type, an argument
// that is missing or superfluous, a timestamp in the future or before 1970.
absl::Status CheckShardFilter(const ShardFilterSpec& spec, int64_t now_ms);

// `spec` was checked.
ShardFilter ResolveShardFilter(const ShardFilterSpec& spec, const StreamConfig& config,
                               int64_t now_ms);

}  // namespace penstock::broker
