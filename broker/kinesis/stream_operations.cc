// Streams: made, deleted, listed, described.

#include <array>
#include <string>
#include <utility>

#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "broker/stream/request_checks.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status CreateStream(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  CreateStreamSpec spec;
  spec.name = call->Text("StreamName");
  call->SetStream(spec.name);
  spec.shard_count = call->Number("ShardCount");
  spec.mode = StreamMode::kProvisioned;
  if (const std::optional<Structure> details = input.Child("StreamModeDetails"))
    spec.mode = StreamModeOf(details->Text("StreamMode")).value_or(StreamMode{});
  if (spec.mode == StreamMode::kProvisioned && !input.Has("ShardCount"))
    return InvalidField("ShardCount", "must be given in PROVISIONED mode");
  spec.max_record_size_in_kib = call->Number("MaxRecordSizeInKiB");
  spec.warm_throughput_mibps = call->Number("WarmThroughputMiBps");
  spec.limits = call->context().new_stream_limits;
  spec.tags = call->GivenTags();
  call->catalog().CreateStream(std::move(spec), FinishEmpty(call));
  return absl::OkStatus();
}

absl::Status DeleteStream(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->catalog().DeleteStream({std::move(name), call->Flag("EnforceConsumerDeletion")},
                               FinishEmpty(call));
  return absl::OkStatus();
}

absl::Status ListStreams(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(
      const StreamPage page,
      call->catalog().ListStreams({call->Number("Limit"), call->Text("ExclusiveStartStreamName"),
                                   call->Text("NextToken")}));
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("StreamNames");
    out.BeginList();
    for (const auto& stream : page.streams) out.Text(stream->config().name);
    out.EndList();
    out.BooleanMember("HasMoreStreams", page.has_more);
    if (!page.next_token.empty()) out.TextMember("NextToken", page.next_token);
    out.Key("StreamSummaries");
    out.BeginList();
    for (const auto& stream : page.streams) {
      const StreamConfig& config = stream->config();
      out.BeginStructure();
      out.TextMember("StreamName", config.name);
      out.TextMember("StreamARN", call->names().StreamArn(config.name));
      out.TextMember("StreamStatus", StreamStatusName(config.status));
      WriteStreamMode(config.mode, out);
      out.TimestampMember("StreamCreationTimestamp", config.creation_timestamp_ms);
      out.EndStructure();
    }
    out.EndList();
  });
  return absl::OkStatus();
}

absl::Status DescribeStream(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  ASSIGN_OR_RETURN(const ShardPage page,
                   call->catalog().DescribeStream({std::move(name), call->Number("Limit"),
                                                   call->Text("ExclusiveStartShardId")}));
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("StreamDescription");
    out.BeginStructure();
    WriteStreamDescription(*page.stream, call->names(), out);
    out.Key("Shards");
    out.BeginList();
    for (const ShardInfo& shard : page.shards) WriteShard(*page.stream, shard, out);
    out.EndList();
    out.BooleanMember("HasMoreShards", page.has_more);
    out.EndStructure();
  });
  return absl::OkStatus();
}

absl::Status DescribeStreamSummary(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  ASSIGN_OR_RETURN(const auto stream, call->catalog().DescribeStreamSummary(name));
  const StreamConfig& config = stream->config();
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("StreamDescriptionSummary");
    out.BeginStructure();
    WriteStreamDescription(*stream, call->names(), out);
    out.IntegerMember("OpenShardCount", static_cast<int64_t>(stream->open_shard_count()));
    out.IntegerMember("ConsumerCount", static_cast<int64_t>(config.consumers.size()));
    if (config.mode == StreamMode::kOnDemand) WriteWarmThroughput(*stream, out);
    out.IntegerMember("MaxRecordSizeInKiB", config.max_record_size_in_kib);
    out.EndStructure();
  });
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 5> kOperations = {{
    {"CreateStream", CreateStream},
    {"DeleteStream", DeleteStream},
    {"DescribeStream", DescribeStream},
    {"DescribeStreamSummary", DescribeStreamSummary},
    {"ListStreams", ListStreams},
}};

}  // namespace

std::span<const KinesisOperation> StreamOperations() {
  return kOperations;
}

}  // namespace penstock::broker
