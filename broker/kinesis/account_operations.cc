// The account: its limits and settings; and resource policies, which this version does not have.

#include <array>
#include <string>

#include "broker/aws/aws_error.h"
#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/operations.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

std::string_view CommitmentStatusName(CommitmentStatus status) {
  switch (status) {
    case CommitmentStatus::kEnabled:
      return "ENABLED";
    case CommitmentStatus::kDisabled:
      return "DISABLED";
    case CommitmentStatus::kEnabledUntilEarliestAllowedEnd:
      return "ENABLED_UNTIL_EARLIEST_ALLOWED_END";
  }
  return "";
}

void WriteCommitment(const Commitment& commitment, OutputWriter& out) {
  out.Key("MinimumThroughputBillingCommitment");
  out.BeginStructure();
  out.TextMember("Status", CommitmentStatusName(commitment.status));
  if (commitment.started_at_ms) out.TimestampMember("StartedAt", *commitment.started_at_ms);
  if (commitment.ended_at_ms) out.TimestampMember("EndedAt", *commitment.ended_at_ms);
  if (commitment.earliest_allowed_end_at_ms)
    out.TimestampMember("EarliestAllowedEndAt", *commitment.earliest_allowed_end_at_ms);
  out.EndStructure();
}

absl::Status DescribeLimits(const KinesisCallPtr& call) {
  const StreamTotals totals = call->catalog().Totals();
  call->AnswerWith([&](OutputWriter& out) {
    out.IntegerMember("ShardLimit", totals.shard_limit);
    out.IntegerMember("OpenShardCount", totals.open_shard_count);
    out.IntegerMember("OnDemandStreamCount", totals.on_demand_stream_count);
    out.IntegerMember("OnDemandStreamCountLimit", totals.on_demand_stream_count_limit);
  });
  return absl::OkStatus();
}

absl::Status DescribeAccountSettings(const KinesisCallPtr& call) {
  const Commitment commitment = call->context().account.commitment();
  call->AnswerWith([&](OutputWriter& out) { WriteCommitment(commitment, out); });
  return absl::OkStatus();
}

absl::Status UpdateAccountSettings(const KinesisCallPtr& call) {
  const std::optional<Structure> given = call->input().Child("MinimumThroughputBillingCommitment");
  const bool enable = given.has_value() && given->Text("Status") == "ENABLED";
  call->context().account.Update(
      enable ? CommitmentStatus::kEnabled : CommitmentStatus::kDisabled,
      FinishWith<Commitment>(call, [](const Commitment& commitment, OutputWriter& out) {
        WriteCommitment(commitment, out);
      }));
  return absl::OkStatus();
}

// LIMIT: policies come with authorization. Accepting one and not enforcing it would be worse.
absl::Status RefusePolicy(const KinesisCallPtr&) {
  return MakeAwsError("AccessDeniedException",
                      "resource policies are not supported by this version: every access key of "
                      "the broker may call every operation");
}

constexpr std::array<KinesisOperation, 6> kOperations = {{
    {"DeleteResourcePolicy", RefusePolicy},
    {"DescribeAccountSettings", DescribeAccountSettings},
    {"DescribeLimits", DescribeLimits},
    {"GetResourcePolicy", RefusePolicy},
    {"PutResourcePolicy", RefusePolicy},
    {"UpdateAccountSettings", UpdateAccountSettings},
}};

}  // namespace

std::span<const KinesisOperation> AccountOperations() {
  return kOperations;
}

}  // namespace penstock::broker
