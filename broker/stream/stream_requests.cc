#include "broker/stream/stream_requests.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status Refuse(std::string_view field, std::string_view what) {
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, std::string(field).append(" ").append(what)), field);
}

bool IsNameChar(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

absl::Status CheckRange(std::string_view field, uint32_t value, uint32_t min, uint32_t max) {
  if (value < min) {
    return Refuse(field, absl::StrCat("is ", value, ", less than ", min));
  }
  if (value > max) {
    return Refuse(field, absl::StrCat("is ", value, ", more than ", max));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckStreamName(std::string_view name, std::string_view field) {
  if (name.empty()) return Refuse(field, "is empty");
  if (name.size() > kStreamNameCharsMax) {
    return Refuse(
        field, absl::StrCat("has ", name.size(), " characters, more than ", kStreamNameCharsMax));
  }
  if (!std::all_of(name.begin(), name.end(), IsNameChar)) {
    return Refuse(field,
                  absl::StrCat("'", Excerpt(name),
                               "' has other characters than letters, digits, '_', '.' and '-'"));
  }
  return absl::OkStatus();
}

absl::Status NotActive(const StreamConfig& config) {
  return MakeError(ErrorReason::kStreamNotActive,
                   absl::StrCat("stream ", config.name, " not ACTIVE, instead in state ",
                                std::string(StreamStatusName(config.status))));
}

absl::Status CheckCreationTime(const StreamConfig& config,
                               std::optional<int64_t> stream_creation_timestamp_ms) {
  if (stream_creation_timestamp_ms.value_or(config.creation_timestamp_ms) ==
      config.creation_timestamp_ms) {
    return absl::OkStatus();
  }
  return MakeError(
      ErrorReason::kStreamNotFound,
      absl::StrCat("stream ", config.name, " that was created at ", *stream_creation_timestamp_ms,
                   " ms does not exist; the one there was created at ",
                   config.creation_timestamp_ms, " ms"));
}

absl::StatusOr<CreateStreamSpec> ResolveCreateStream(CreateStreamSpec spec) {
  RETURN_IF_ERROR(CheckStreamName(spec.name));
  if (spec.shard_count == 0) spec.shard_count = 1;
  if (spec.max_record_size_in_kib == 0) spec.max_record_size_in_kib = kRecordKibDefault;
  if (spec.retention_period_hours == 0) spec.retention_period_hours = kRetentionHoursMin;
  RETURN_IF_ERROR(CheckRange("shard_count", spec.shard_count, 1, kShardsPerStreamMax));
  RETURN_IF_ERROR(CheckRange("max_record_size_in_kib", spec.max_record_size_in_kib,
                             kRecordKibDefault, kRecordKibMax));
  RETURN_IF_ERROR(CheckRange("retention_period_hours", spec.retention_period_hours,
                             kRetentionHoursMin, kRetentionHoursMax));
  return spec;
}

absl::Status CheckListShards(const ListShardsQuery& query, int64_t now_ms) {
  if (query.next_token.empty()) {
    return query.filter ? CheckShardFilter(*query.filter, now_ms) : absl::OkStatus();
  }
  const auto superfluous = [](std::string_view field) {
    return Refuse(field, "is not allowed together with next_token");
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
