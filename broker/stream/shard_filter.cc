#include "broker/stream/shard_filter.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/ids.h"

namespace penstock::broker {
namespace {

constexpr int64_t kMsPerMinute = 60'000;

absl::Status Invalid(std::string_view member, std::string_view what) {
  const std::string field = absl::StrCat("shard_filter.", std::string(member));
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, absl::StrCat(field, " ", std::string(what))), field);
}

bool NeedsTime(ShardFilterType type) {
  return type == ShardFilterType::kAtTimestamp || type == ShardFilterType::kFromTimestamp;
}

}  // namespace

bool ShardFilter::Matches(const ShardInfo& shard) const {
  switch (kind) {
    case Kind::kFrom:
      return shard.open() || shard.closed_timestamp_ms >= timestamp_ms;
    case Kind::kAt:
      return shard.creation_timestamp_ms <= timestamp_ms &&
             (shard.open() || shard.closed_timestamp_ms >= timestamp_ms);
    case Kind::kOpen:
      return shard.open();
  }
  return false;
}

int64_t TrimHorizonMs(const StreamConfig& config, int64_t now_ms) {
  return std::max(config.creation_timestamp_ms,
                  now_ms - config.retention_period_minutes * kMsPerMinute);
}

bool HasExpired(const StreamConfig& config, const ShardInfo& shard, int64_t now_ms) {
  return !shard.open() && *shard.closed_timestamp_ms < TrimHorizonMs(config, now_ms);
}

absl::Status CheckShardFilter(const ShardFilterSpec& spec, int64_t now_ms) {
  const auto type = static_cast<int>(spec.type);
  if (type < static_cast<int>(ShardFilterType::kAfterShardId) ||
      type > static_cast<int>(ShardFilterType::kFromTimestamp)) {
    return Invalid("type", absl::StrCat("is ", type, ", which is none of the six"));
  }
  const bool by_id = spec.type == ShardFilterType::kAfterShardId;
  if (by_id == spec.shard_id.empty()) {
    return Invalid("shard_id", by_id ? "is required with AFTER_SHARD_ID"
                                     : "is only allowed with AFTER_SHARD_ID");
  }
  if (by_id && !ParseShardId(spec.shard_id).ok()) {
    return Invalid("shard_id", absl::StrCat("'", Excerpt(spec.shard_id),
                                            "' is not \"shardId-\" and twelve digits"));
  }
  if (NeedsTime(spec.type) != spec.timestamp_ms.has_value()) {
    return Invalid("timestamp_ms", NeedsTime(spec.type)
                                       ? "is required with AT_TIMESTAMP and FROM_TIMESTAMP"
                                       : "is only allowed with AT_TIMESTAMP and FROM_TIMESTAMP");
  }
  if (!spec.timestamp_ms) return absl::OkStatus();
  if (*spec.timestamp_ms < 0) {
    return Invalid("timestamp_ms", absl::StrCat("is ", *spec.timestamp_ms, ", before 1970"));
  }
  if (*spec.timestamp_ms > now_ms) {
    return Invalid("timestamp_ms", absl::StrCat("is ", *spec.timestamp_ms,
                                                ", in the future: it is ", now_ms, " now"));
  }
  return absl::OkStatus();
}

ShardFilter ResolveShardFilter(const ShardFilterSpec& spec, const StreamConfig& config,
                               int64_t now_ms) {
  const int64_t horizon_ms = TrimHorizonMs(config, now_ms);
  const int64_t timestamp_ms = std::max(horizon_ms, spec.timestamp_ms.value_or(horizon_ms));
  switch (spec.type) {
    case ShardFilterType::kAtLatest:
      return {ShardFilter::Kind::kOpen, 0};
    case ShardFilterType::kAtTrimHorizon:
    case ShardFilterType::kAtTimestamp:
      return {ShardFilter::Kind::kAt, timestamp_ms};
    default:
      return {ShardFilter::Kind::kFrom, timestamp_ms};
  }
}

}  // namespace penstock::broker
