// What is set of a stream: mode, throughput, record size, retention, encryption, shard metrics.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "broker/stream/request_checks.h"
#include "broker/stream/stream_changes.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status UpdateStreamMode(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  ModeSpec spec;
  if (const std::optional<Structure> details = call->input().Child("StreamModeDetails"))
    spec.mode = StreamModeOf(details->Text("StreamMode")).value_or(StreamMode{});
  spec.warm_throughput_mibps = call->Number("WarmThroughputMiBps");
  call->settings().UpdateStreamMode(std::move(name), spec, FinishChange(call));
  return absl::OkStatus();
}

absl::Status UpdateStreamWarmThroughput(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().UpdateStreamWarmThroughput(
      std::move(name), call->Number("WarmThroughputMiBps"),
      FinishWith<StreamChange>(
          call, [names = &call->names()](const StreamChange& change, OutputWriter& out) {
            const std::string& stream_name = change.after->config().name;
            out.TextMember("StreamARN", names->StreamArn(stream_name));
            out.TextMember("StreamName", stream_name);
            WriteWarmThroughput(*change.after, out);
          }));
  return absl::OkStatus();
}

absl::Status UpdateMaxRecordSize(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().UpdateMaxRecordSize(std::move(name), call->Number("MaxRecordSizeInKiB"),
                                       FinishChange(call));
  return absl::OkStatus();
}

absl::Status IncreaseRetention(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().IncreaseRetentionPeriod(
      std::move(name), {call->Number("RetentionPeriodHours"), 0}, FinishChange(call));
  return absl::OkStatus();
}

absl::Status DecreaseRetention(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().DecreaseRetentionPeriod(
      std::move(name), {call->Number("RetentionPeriodHours"), 0}, FinishChange(call));
  return absl::OkStatus();
}

EncryptionSpec EncryptionOf(const KinesisCall& call) {
  const bool kms = call.input().Text("EncryptionType") == "KMS";
  return {kms ? EncryptionType::kKms : EncryptionType::kNone, call.Text("KeyId")};
}

absl::Status StartStreamEncryption(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().StartEncryption(std::move(name), EncryptionOf(*call), FinishChange(call));
  return absl::OkStatus();
}

absl::Status StopStreamEncryption(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().StopEncryption(std::move(name), EncryptionOf(*call), FinishChange(call));
  return absl::OkStatus();
}

std::vector<ShardLevelMetric> MetricsOf(const KinesisCall& call) {
  std::vector<ShardLevelMetric> metrics;
  for (const std::string_view name : call.input().Texts("ShardLevelMetrics"))
    metrics.push_back(ShardLevelMetricOf(name).value_or(ShardLevelMetric{}));
  return metrics;
}

// Enable- and DisableEnhancedMonitoring.
StreamSettings::ChangedCallback FinishMonitoring(const KinesisCallPtr& call) {
  return FinishWith<StreamChange>(
      call, [names = &call->names()](const StreamChange& change, OutputWriter& out) {
        const StreamConfig& config = change.after->config();
        out.TextMember("StreamName", config.name);
        WriteMetrics("CurrentShardLevelMetrics", change.before->config().shard_level_metrics, out);
        WriteMetrics("DesiredShardLevelMetrics", config.shard_level_metrics, out);
        out.TextMember("StreamARN", names->StreamArn(config.name));
      });
}

absl::Status EnableEnhancedMonitoring(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().EnableMetrics(std::move(name), MetricsOf(*call), FinishMonitoring(call));
  return absl::OkStatus();
}

absl::Status DisableEnhancedMonitoring(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->settings().DisableMetrics(std::move(name), MetricsOf(*call), FinishMonitoring(call));
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 9> kOperations = {{
    {"DecreaseStreamRetentionPeriod", DecreaseRetention},
    {"DisableEnhancedMonitoring", DisableEnhancedMonitoring},
    {"EnableEnhancedMonitoring", EnableEnhancedMonitoring},
    {"IncreaseStreamRetentionPeriod", IncreaseRetention},
    {"StartStreamEncryption", StartStreamEncryption},
    {"StopStreamEncryption", StopStreamEncryption},
    {"UpdateMaxRecordSize", UpdateMaxRecordSize},
    {"UpdateStreamMode", UpdateStreamMode},
    {"UpdateStreamWarmThroughput", UpdateStreamWarmThroughput},
}};

}  // namespace

std::span<const KinesisOperation> StreamSettingOperations() {
  return kOperations;
}

}  // namespace penstock::broker
