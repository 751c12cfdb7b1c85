#include "broker/stream/stream_changes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/counted_changes.h"
#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr uint32_t kMinutesPerHour = 60;
// Of what is written a second: what the large records of Kinesis get.
constexpr uint64_t kDefaultBurstSeconds = 10;
// The API's list of metrics: there are not more.
constexpr size_t kMetricsMax = 7;
constexpr int kMetricFirst = static_cast<int>(ShardLevelMetric::kIncomingBytes);
constexpr int kMetricLast = static_cast<int>(ShardLevelMetric::kIteratorAge);

std::string PeriodText(uint32_t minutes) {
  if (minutes % kMinutesPerHour == 0) return absl::StrCat(minutes / kMinutesPerHour, " hours");
  return absl::StrCat(minutes, " minutes");
}

absl::Status RefusePeriod(const RetentionSpec& given, std::string_view text) {
  return WithField(MakeError(ErrorReason::kInvalidArgument, text),
                   given.minutes != 0 ? "retention_period_minutes" : "retention_period_hours");
}

struct NamedNumber {
  std::string_view field;
  uint64_t value;
};

std::vector<NamedNumber> NumbersOf(const StreamLimits& limits) {
  return {{"limits.write_records_per_second", limits.write_records_per_second},
          {"limits.write_bytes_per_second", limits.write_bytes_per_second},
          {"limits.write_burst_bytes", limits.write_burst_bytes},
          {"limits.read_bytes_per_second", limits.read_bytes_per_second},
          {"limits.read_calls_per_second", limits.read_calls_per_second}};
}

absl::StatusOr<StreamLimits> ResolveCustomLimits(StreamLimits limits) {
  for (const NamedNumber& number : NumbersOf(limits)) {
    RETURN_IF_ERROR(CheckRange(number.field, number.value, 0, kLimitPerSecondMax));
  }
  if (limits.write_burst_bytes == 0) {
    limits.write_burst_bytes =
        std::min(kDefaultBurstSeconds * limits.write_bytes_per_second, kLimitPerSecondMax);
  } else if (limits.write_bytes_per_second == 0) {
    return InvalidField("limits.write_burst_bytes", "is given without write_bytes_per_second");
  } else if (limits.write_burst_bytes < limits.write_bytes_per_second) {
    return InvalidField("limits.write_burst_bytes",
                        absl::StrCat("is ", limits.write_burst_bytes,
                                     ", less than write_bytes_per_second, which is ",
                                     limits.write_bytes_per_second));
  }
  return limits;
}

absl::Status CheckEncryptionSpec(const EncryptionSpec& spec) {
  if (spec.type != EncryptionType::kKms) {
    return InvalidField("encryption_type",
                        absl::StrCat("is ", static_cast<int>(spec.type), ", not KMS"));
  }
  if (spec.key_id.empty()) return InvalidField("key_id", "is empty");
  if (spec.key_id.size() > kKeyIdCharsMax) {
    return InvalidField("key_id", absl::StrCat("has ", spec.key_id.size(),
                                               " characters, more than ", kKeyIdCharsMax));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<ShardLevelMetric>> ResolveMetrics(
    const std::vector<ShardLevelMetric>& given) {
  constexpr std::string_view kField = "shard_level_metrics";
  if (given.empty()) return InvalidField(kField, "is empty");
  if (given.size() > kMetricsMax) {
    return InvalidField(kField,
                        absl::StrCat("has ", given.size(), " entries, more than ", kMetricsMax));
  }
  std::set<ShardLevelMetric> metrics;
  for (size_t i = 0; i < given.size(); ++i) {
    const int number = static_cast<int>(given[i]);
    if (given[i] == kAllShardLevelMetrics) {
      for (int metric = kMetricFirst; metric <= kMetricLast; ++metric) {
        metrics.insert(static_cast<ShardLevelMetric>(metric));
      }
    } else if (number >= kMetricFirst && number <= kMetricLast) {
      metrics.insert(given[i]);
    } else {
      return InvalidField(absl::StrCat("shard_level_metrics[", i, "]"),
                          absl::StrCat("is ", number, ", which is no metric"));
    }
  }
  return metrics;
}

}  // namespace

absl::StatusOr<uint32_t> ResolveRetention(const RetentionSpec& given) {
  if (given.minutes == 0) {
    RETURN_IF_ERROR(
        CheckRange("retention_period_hours", given.hours, kRetentionHoursMin, kRetentionHoursMax));
    return given.hours * kMinutesPerHour;
  }
  if (given.hours != 0) {
    return InvalidField("retention_period_minutes",
                        "is not allowed together with retention_period_hours");
  }
  RETURN_IF_ERROR(CheckRange("retention_period_minutes", given.minutes, kRetentionMinutesMin,
                             kRetentionMinutesMax));
  return given.minutes;
}

absl::StatusOr<StreamLimits> ResolveLimits(const StreamLimits& given) {
  using Profile = StreamLimits::Profile;
  if (given.profile == Profile::kCustom) return ResolveCustomLimits(given);
  if (given.profile != Profile::kUnlimited && given.profile != Profile::kKinesis) {
    return InvalidField("limits.profile", absl::StrCat("is ", static_cast<int>(given.profile),
                                                       ", which is no profile"));
  }
  for (const NamedNumber& number : NumbersOf(given)) {
    if (number.value != 0) {
      return InvalidField(number.field, "is allowed with the profile CUSTOM alone");
    }
  }
  return given.profile == Profile::kKinesis ? StreamLimits::Kinesis() : StreamLimits();
}

absl::Status CheckWarmThroughput(uint32_t mibps, bool committed) {
  RETURN_IF_ERROR(CheckRange("warm_throughput_mibps", mibps, 0, kWarmThroughputMibpsMax));
  if (mibps != 0 && !committed) {
    return InvalidField("warm_throughput_mibps",
                        absl::StrCat("is ", mibps,
                                     ", but the account's minimum throughput commitment, which it "
                                     "needs, is not enabled"));
  }
  return absl::OkStatus();
}

absl::Status CheckRoomForOnDemand(size_t on_demand_streams) {
  if (on_demand_streams < kOnDemandStreamsMax) return absl::OkStatus();
  return MakeError(
      ErrorReason::kLimitExceeded,
      absl::StrCat("there are ", on_demand_streams,
                   " on-demand streams; a node takes no more than ", kOnDemandStreamsMax));
}

absl::Status ChangeMode(const ModeSpec& spec, const ChangeContext& context, StreamConfig& config) {
  if (spec.mode != StreamMode::kProvisioned && spec.mode != StreamMode::kOnDemand) {
    return InvalidField("stream_mode",
                        absl::StrCat("is ", static_cast<int>(spec.mode), ", which is no mode"));
  }
  const bool to_on_demand = spec.mode == StreamMode::kOnDemand;
  if (!to_on_demand && spec.warm_throughput_mibps != 0) {
    return InvalidField("warm_throughput_mibps", "is allowed in on-demand mode alone");
  }
  RETURN_IF_ERROR(CheckWarmThroughput(spec.warm_throughput_mibps, context.committed));
  if (spec.mode != config.mode) {
    if (to_on_demand) RETURN_IF_ERROR(CheckRoomForOnDemand(context.on_demand_streams));
    RETURN_IF_ERROR(CountChange(CountedChange::kMode, context.now_ms, config));
    config.mode = spec.mode;
    config.warm_throughput_mibps = 0;
  }
  if (spec.warm_throughput_mibps != 0) config.warm_throughput_mibps = spec.warm_throughput_mibps;
  return absl::OkStatus();
}

absl::Status ChangeWarmThroughput(uint32_t mibps, const ChangeContext& context,
                                  StreamConfig& config) {
  if (config.mode != StreamMode::kOnDemand) {
    return MakeError(
        ErrorReason::kWrongStreamMode,
        absl::StrCat("stream ", config.name, " is ", std::string(StreamModeName(config.mode)),
                     "; only an ON_DEMAND stream has a warm throughput"));
  }
  RETURN_IF_ERROR(CheckWarmThroughput(mibps, context.committed));
  config.warm_throughput_mibps = mibps;
  return absl::OkStatus();
}

absl::Status ChangeMaxRecordSize(uint32_t kib, StreamConfig& config) {
  RETURN_IF_ERROR(CheckRange("max_record_size_in_kib", kib, kRecordKibDefault, kRecordKibMax));
  config.max_record_size_in_kib = kib;
  return absl::OkStatus();
}

absl::Status ChangeLimits(const StreamLimits& limits, StreamConfig& config) {
  ASSIGN_OR_RETURN(config.limits, ResolveLimits(limits));
  return absl::OkStatus();
}

absl::Status IncreaseRetention(const RetentionSpec& period, StreamConfig& config) {
  ASSIGN_OR_RETURN(const uint32_t minutes, ResolveRetention(period));
  if (minutes < config.retention_period_minutes) {
    return RefusePeriod(
        period, absl::StrCat("requested retention period (", PeriodText(minutes), ") for stream ",
                             config.name, " can not be shorter than existing retention period (",
                             PeriodText(config.retention_period_minutes),
                             "): use DecreaseStreamRetentionPeriod"));
  }
  config.retention_period_minutes = minutes;
  return absl::OkStatus();
}

absl::Status DecreaseRetention(const RetentionSpec& period, StreamConfig& config) {
  ASSIGN_OR_RETURN(const uint32_t minutes, ResolveRetention(period));
  if (minutes > config.retention_period_minutes) {
    return RefusePeriod(
        period, absl::StrCat("requested retention period (", PeriodText(minutes), ") for stream ",
                             config.name, " can not be longer than existing retention period (",
                             PeriodText(config.retention_period_minutes),
                             "): use IncreaseStreamRetentionPeriod"));
  }
  config.retention_period_minutes = minutes;
  return absl::OkStatus();
}

absl::Status StartEncryption(const EncryptionSpec& spec, EncryptionKeys* keys, int64_t now_ms,
                             StreamConfig& config) {
  RETURN_IF_ERROR(CheckEncryptionSpec(spec));
  if (keys == nullptr) {
    return MakeError(ErrorReason::kKmsNotFound,
                     absl::StrCat("key_id '", Excerpt(spec.key_id),
                                  "' does not exist: the broker has no key ring"));
  }
  StreamConfig counted = config;
  RETURN_IF_ERROR(CountChange(CountedChange::kEncryptionStart, now_ms, counted));
  ASSIGN_OR_RETURN(counted.encryption, keys->Start(config, spec.key_id, now_ms));
  config = std::move(counted);
  return absl::OkStatus();
}

absl::Status StopEncryption(const EncryptionSpec& spec, int64_t now_ms, StreamConfig& config) {
  RETURN_IF_ERROR(CheckEncryptionSpec(spec));
  if (config.encryption.type == EncryptionType::kNone) return absl::OkStatus();
  if (spec.key_id != config.encryption.key_id) {
    return InvalidField(
        "key_id",
        absl::StrCat("'", Excerpt(spec.key_id), "' is not the one that stream ", config.name,
                     " is encrypted with, '", Excerpt(config.encryption.key_id), "'"));
  }
  RETURN_IF_ERROR(CountChange(CountedChange::kEncryptionStop, now_ms, config));
  config.encryption.type = EncryptionType::kNone;
  config.encryption.key_id.clear();
  return absl::OkStatus();
}

absl::Status EnableMetrics(const std::vector<ShardLevelMetric>& metrics, StreamConfig& config) {
  ASSIGN_OR_RETURN(std::set<ShardLevelMetric> enabled, ResolveMetrics(metrics));
  enabled.insert(config.shard_level_metrics.begin(), config.shard_level_metrics.end());
  config.shard_level_metrics.assign(enabled.begin(), enabled.end());
  return absl::OkStatus();
}

absl::Status DisableMetrics(const std::vector<ShardLevelMetric>& metrics, StreamConfig& config) {
  ASSIGN_OR_RETURN(const std::set<ShardLevelMetric> disabled, ResolveMetrics(metrics));
  std::vector<ShardLevelMetric>& kept = config.shard_level_metrics;
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [&](ShardLevelMetric metric) { return disabled.contains(metric); }),
             kept.end());
  return absl::OkStatus();
}

}  // namespace penstock::broker
