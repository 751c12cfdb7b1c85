#include "broker/grpc/account_service.h"

#include "absl/status/status.h"

#include "broker/grpc/unary_call.h"

namespace penstock::broker {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::ServerUnaryReactor;

static_assert(static_cast<int>(CommitmentStatus::kEnabled) == v1::COMMITMENT_STATUS_ENABLED);
static_assert(static_cast<int>(CommitmentStatus::kDisabled) == v1::COMMITMENT_STATUS_DISABLED);
static_assert(static_cast<int>(CommitmentStatus::kEnabledUntilEarliestAllowedEnd) ==
              v1::COMMITMENT_STATUS_ENABLED_UNTIL_EARLIEST_ALLOWED_END);

void ToProto(const Commitment& commitment, v1::MinimumThroughputBillingCommitment* out) {
  out->set_status(static_cast<v1::CommitmentStatus>(commitment.status));
  if (commitment.started_at_ms) out->set_started_at_ms(*commitment.started_at_ms);
  if (commitment.ended_at_ms) out->set_ended_at_ms(*commitment.ended_at_ms);
  if (commitment.earliest_allowed_end_at_ms) {
    out->set_earliest_allowed_end_at_ms(*commitment.earliest_allowed_end_at_ms);
  }
}

}  // namespace

ServerUnaryReactor* AccountService::DescribeLimits(CallbackServerContext* context,
                                                   const v1::DescribeLimitsRequest*,
                                                   v1::DescribeLimitsResponse* response) {
  const StreamTotals totals = catalog_.Totals();
  response->set_shard_limit(totals.shard_limit);
  response->set_open_shard_count(totals.open_shard_count);
  response->set_on_demand_stream_count(totals.on_demand_stream_count);
  response->set_on_demand_stream_count_limit(totals.on_demand_stream_count_limit);
  return FinishNow(context, absl::OkStatus());
}

ServerUnaryReactor* AccountService::DescribeAccountSettings(
    CallbackServerContext* context, const v1::DescribeAccountSettingsRequest*,
    v1::DescribeAccountSettingsResponse* response) {
  ToProto(settings_.commitment(), response->mutable_minimum_throughput_billing_commitment());
  return FinishNow(context, absl::OkStatus());
}

ServerUnaryReactor* AccountService::UpdateAccountSettings(
    CallbackServerContext* context, const v1::UpdateAccountSettingsRequest* request,
    v1::UpdateAccountSettingsResponse* response) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  settings_.Update(
      static_cast<CommitmentStatus>(request->minimum_throughput_billing_commitment_status()),
      FinishLater<Commitment>(reactor, [response](const Commitment& commitment) {
        ToProto(commitment, response->mutable_minimum_throughput_billing_commitment());
      }));
  return reactor;
}

}  // namespace penstock::broker
