#include "broker/stream/stream_requests.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/request_checks.h"
#include "broker/stream/stream_changes.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::StatusOr<uint32_t> ResolveShardCount(const CreateStreamSpec& spec) {
  const bool on_demand = spec.mode == StreamMode::kOnDemand;
  if (spec.warm_throughput_mibps != 0) {
    if (!on_demand) {
      return InvalidField("warm_throughput_mibps", "is allowed in on-demand mode alone");
    }
    if (spec.shard_count != 0) {
      return InvalidField("shard_count", "is not allowed together with warm_throughput_mibps");
    }
    // A shard is rated at 1 MiB/s.
    return std::clamp(spec.warm_throughput_mibps, kOnDemandShardsDefault, kShardsPerStreamMax);
  }
  if (spec.shard_count == 0) return on_demand ? kOnDemandShardsDefault : 1;
  RETURN_IF_ERROR(CheckRange("shard_count", spec.shard_count, 1, kShardsPerStreamMax));
  return spec.shard_count;
}

absl::StatusOr<uint32_t> ResolvePeriod(const CreateStreamSpec& spec) {
  if (spec.retention_period_hours == 0 && spec.retention_period_minutes == 0) {
    return kRetentionMinutesDefault;
  }
  return ResolveRetention({spec.retention_period_hours, spec.retention_period_minutes});
}

}  // namespace

absl::Status CheckStreamName(std::string_view name, std::string_view field) {
  return CheckName(field, name, kStreamNameCharsMax);
}

absl::Status NotActive(const StreamConfig& config) {
  return MakeError(ErrorReason::kStreamNotActive,
                   absl::StrCat("stream ", config.name, " not ACTIVE, instead in state ",
                                std::string(StreamStatusName(config.status))));
}

absl::Status CheckCreationTime(const StreamConfig& config,
                               std::optional<int64_t> stream_creation_timestamp_ms) {
  constexpr int64_t kSecondMs = 1'000;
  const int64_t given_ms = stream_creation_timestamp_ms.value_or(config.creation_timestamp_ms);
  if (given_ms == config.creation_timestamp_ms) return absl::OkStatus();
  // Some clients send times in whole seconds, cut off (botocore) or rounded.
  if (given_ms % kSecondMs == 0 && given_ms - config.creation_timestamp_ms < kSecondMs &&
      config.creation_timestamp_ms - given_ms < kSecondMs) {
    return absl::OkStatus();
  }
  return MakeError(
      ErrorReason::kStreamNotFound,
      absl::StrCat("stream ", config.name, " that was created at ", *stream_creation_timestamp_ms,
                   " ms does not exist; the one there was created at ",
                   config.creation_timestamp_ms, " ms"));
}

absl::StatusOr<NewStreamSettings> ResolveCreateStream(CreateStreamSpec spec, bool committed) {
  RETURN_IF_ERROR(CheckStreamName(spec.name));
  if (spec.mode == StreamMode{}) spec.mode = StreamMode::kProvisioned;
  if (spec.mode != StreamMode::kProvisioned && spec.mode != StreamMode::kOnDemand) {
    return InvalidField("stream_mode",
                        absl::StrCat("is ", static_cast<int>(spec.mode), ", which is no mode"));
  }
  if (spec.max_record_size_in_kib == 0) spec.max_record_size_in_kib = kRecordKibDefault;
  NewStreamSettings stream;
  ASSIGN_OR_RETURN(stream.shard_count, ResolveShardCount(spec));
  RETURN_IF_ERROR(CheckRange("max_record_size_in_kib", spec.max_record_size_in_kib,
                             kRecordKibDefault, kRecordKibMax));
  RETURN_IF_ERROR(CheckWarmThroughput(spec.warm_throughput_mibps, committed));
  StreamConfig& config = stream.config;
  ASSIGN_OR_RETURN(config.retention_period_minutes, ResolvePeriod(spec));
  if (spec.limits && spec.limits->profile != StreamLimits::Profile{}) {
    ASSIGN_OR_RETURN(config.limits, ResolveLimits(*spec.limits));
  }
  ASSIGN_OR_RETURN(config.tags, ResolveTags(spec.tags));
  config.name = std::move(spec.name);
  config.mode = spec.mode;
  config.warm_throughput_mibps = spec.warm_throughput_mibps;
  config.max_record_size_in_kib = spec.max_record_size_in_kib;
  return stream;
}

absl::Status CheckListShards(const ListShardsQuery& query, int64_t now_ms) {
  if (query.next_token.empty()) {
    return query.filter ? CheckShardFilter(*query.filter, now_ms) : absl::OkStatus();
  }
  const auto superfluous = [](std::string_view field) {
    return InvalidField(field, "is not allowed together with next_token");
  };
  if (!query.stream_name.empty()) return superfluous("stream_name");
  if (!query.exclusive_start_shard_id.empty()) return superfluous("exclusive_start_shard_id");
  if (query.filter) return superfluous("shard_filter");
  if (query.stream_creation_timestamp_ms) return superfluous("stream_creation_timestamp_ms");
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> ResolvePageSize(std::string_view field, uint32_t given,
                                         uint32_t value_if_zero) {
  if (given == 0) return value_if_zero;
  RETURN_IF_ERROR(CheckRange(field, given, 1, kPageMax));
  return given;
}

}  // namespace penstock::broker
