// What the operations on a stream's settings make of its configuration: the rules of each, for
// every door. StreamSettings runs them.
//
// A change is all or nothing: with an error the configuration is as it was. Values of the API's
// enums may be unknown ones, or 0 for unspecified: both are refused here. Errors, where no other is
// named: INVALID_ARGUMENT, which names the field (FieldOf too), the value and the limit. Pure
// functions, but for EncryptionKeys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/encryption_keys.h"
#include "broker/stream/stream_config.h"

namespace penstock::broker {

// One of the two.
struct RetentionSpec {
  uint32_t hours = 0;
  uint32_t minutes = 0;
};

struct ModeSpec {
  StreamMode mode{};
  // On-demand mode only; 0 leaves it as it is.
  uint32_t warm_throughput_mibps = 0;
};

struct EncryptionSpec {
  EncryptionType type{};
  std::string key_id;
};

// In requests only: each of them.
inline constexpr auto kAllShardLevelMetrics = static_cast<ShardLevelMetric>(8);

// What a change depends on beside the stream.
struct ChangeContext {
  int64_t now_ms = 0;
  // The account's minimum throughput commitment is in force.
  bool committed = false;
  // On the node, this stream not counted where it is provisioned.
  size_t on_demand_streams = 0;
};

// The period in minutes.
absl::StatusOr<uint32_t> ResolveRetention(const RetentionSpec& given);
// The numbers of the profile, or those given with CUSTOM. An absent burst becomes 10 seconds' worth.
absl::StatusOr<StreamLimits> ResolveLimits(const StreamLimits& given);
// INVALID_ARGUMENT also where `mibps` is not 0 and the account has no commitment.
absl::Status CheckWarmThroughput(uint32_t mibps, bool committed);
// RESOURCE_EXHAUSTED (LIMIT_EXCEEDED) where one more on-demand stream is one too many.
absl::Status CheckRoomForOnDemand(size_t on_demand_streams);

// Keeps the shards. RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): kOnDemandStreamsMax, kModeChangesMax. To
// the mode that it has: nothing but the warm throughput is changed, and nothing counted.
absl::Status ChangeMode(const ModeSpec& spec, const ChangeContext& context, StreamConfig& config);
// FAILED_PRECONDITION (WRONG_STREAM_MODE) unless it is on-demand.
absl::Status ChangeWarmThroughput(uint32_t mibps, const ChangeContext& context,
                                  StreamConfig& config);
absl::Status ChangeMaxRecordSize(uint32_t kib, StreamConfig& config);
absl::Status ChangeLimits(const StreamLimits& limits, StreamConfig& config);
// The period that it has is accepted by both.
absl::Status IncreaseRetention(const RetentionSpec& period, StreamConfig& config);
absl::Status DecreaseRetention(const RetentionSpec& period, StreamConfig& config);
// RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): kEncryptionChangesMax; errors of `keys`; without keys
// NOT_FOUND (KMS_NOT_FOUND).
absl::Status StartEncryption(const EncryptionSpec& spec, EncryptionKeys* keys, int64_t now_ms,
                             StreamConfig& config);
// Where it is not encrypted nothing is changed. INVALID_ARGUMENT also where it is encrypted with
// another key. RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): kEncryptionChangesMax.
absl::Status StopEncryption(const EncryptionSpec& spec, int64_t now_ms, StreamConfig& config);
absl::Status EnableMetrics(const std::vector<ShardLevelMetric>& metrics, StreamConfig& config);
absl::Status DisableMetrics(const std::vector<ShardLevelMetric>& metrics, StreamConfig& config);

}  // namespace penstock::broker
