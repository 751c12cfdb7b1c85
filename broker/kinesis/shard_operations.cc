// Shards: listed, split, merged, scaled.

#include <array>
#include <string>
#include <utility>

#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

ShardFilterSpec FilterOf(const Structure& filter) {
  ShardFilterSpec spec;
  spec.type = ShardFilterTypeOf(filter.Text("Type")).value_or(ShardFilterType::kUnspecified);
  spec.shard_id = std::string(filter.Text("ShardId"));
  spec.timestamp_ms = filter.TimestampMs("Timestamp");
  return spec;
}

absl::Status ListShards(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  ListShardsQuery query;
  query.next_token = call->Text("NextToken");
  if (query.next_token.empty()) {
    ASSIGN_OR_RETURN(query.stream_name, call->StreamName());
  } else {
    ASSIGN_OR_RETURN(query.stream_name, call->MaybeStreamName());
  }
  query.max_results = call->Number("MaxResults");
  query.exclusive_start_shard_id = call->Text("ExclusiveStartShardId");
  if (const std::optional<Structure> filter = input.Child("ShardFilter"))
    query.filter = FilterOf(*filter);
  query.stream_creation_timestamp_ms = input.TimestampMs("StreamCreationTimestamp");
  ASSIGN_OR_RETURN(const ShardPage page, call->catalog().ListShards(query));
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("Shards");
    out.BeginList();
    for (const ShardInfo& shard : page.shards) WriteShard(*page.stream, shard, out);
    out.EndList();
    if (!page.next_token.empty()) out.TextMember("NextToken", page.next_token);
  });
  return absl::OkStatus();
}

absl::Status SplitShard(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->SetShard(call->Text("ShardToSplit"));
  call->catalog().SplitShard(
      {std::move(name), call->Text("ShardToSplit"), call->Text("NewStartingHashKey")},
      FinishEmpty(call));
  return absl::OkStatus();
}

absl::Status MergeShards(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(std::string name, call->StreamName());
  call->catalog().MergeShards(
      {std::move(name), call->Text("ShardToMerge"), call->Text("AdjacentShardToMerge")},
      FinishEmpty(call));
  return absl::OkStatus();
}

absl::Status UpdateShardCount(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const std::string name, call->StreamName());
  const uint32_t target = call->Number("TargetShardCount");
  call->catalog().UpdateShardCount(
      {name, target}, FinishWith<uint32_t>(call, [name, target, names = &call->names()](
                                                     uint32_t before, OutputWriter& out) {
        out.TextMember("StreamName", name);
        out.IntegerMember("CurrentShardCount", before);
        out.IntegerMember("TargetShardCount", target);
        out.TextMember("StreamARN", names->StreamArn(name));
      }));
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 4> kOperations = {{
    {"ListShards", ListShards},
    {"MergeShards", MergeShards},
    {"SplitShard", SplitShard},
    {"UpdateShardCount", UpdateShardCount},
}};

}  // namespace

std::span<const KinesisOperation> ShardOperations() {
  return kOperations;
}

}  // namespace penstock::broker
