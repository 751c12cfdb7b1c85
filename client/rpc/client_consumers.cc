// The methods of Client for registered consumers, but for their subscriptions, and for the account.
#include <utility>

#include "client/rpc/client_impl.h"
#include "client/rpc/convert_consumers.h"
#include "client/rpc/convert_streams.h"
#include "client/rpc/error_status.h"
#include "client/rpc/methods.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {
namespace {

template <typename Request>
absl::StatusOr<Request> RequestFor(std::string_view stream_name, std::string_view consumer_name) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("consumer_name", consumer_name));
  Request request;
  request.set_stream_name(std::string(stream_name));
  request.set_consumer_name(std::string(consumer_name));
  return request;
}

}  // namespace

absl::StatusOr<ConsumerDescription> Client::RegisterStreamConsumer(std::string_view stream_name,
                                                                   std::string_view consumer_name,
                                                                   const std::vector<Tag>& tags) {
  ASSIGN_OR_RETURN(auto request,
                   RequestFor<v1::RegisterStreamConsumerRequest>(stream_name, consumer_name));
  RETURN_IF_ERROR(rpc::SetTags(tags, request.mutable_tags()));
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kRegisterStreamConsumer, std::move(request), stream_name));
  return rpc::FromConsumer(std::move(*response.mutable_consumer()));
}

absl::Status Client::DeregisterStreamConsumer(std::string_view stream_name,
                                              std::string_view consumer_name) {
  ASSIGN_OR_RETURN(auto request,
                   RequestFor<v1::DeregisterStreamConsumerRequest>(stream_name, consumer_name));
  return impl_->Call(rpc::kDeregisterStreamConsumer, std::move(request), stream_name).status();
}

absl::StatusOr<ConsumerDescription> Client::DescribeStreamConsumer(std::string_view stream_name,
                                                                   std::string_view consumer_name) {
  ASSIGN_OR_RETURN(auto request,
                   RequestFor<v1::DescribeStreamConsumerRequest>(stream_name, consumer_name));
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kDescribeStreamConsumer, std::move(request), stream_name));
  return rpc::FromConsumer(std::move(*response.mutable_consumer()));
}

absl::StatusOr<ConsumerListPage> Client::ListStreamConsumers(
    const ListStreamConsumersOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", options.stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("next_token", options.next_token));
  v1::ListStreamConsumersRequest request;
  request.set_stream_name(options.stream_name);
  request.set_next_token(options.next_token);
  request.set_max_results(options.max_results);
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kListStreamConsumers, std::move(request), options.stream_name));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<std::vector<ConsumerDescription>> Client::ListAllStreamConsumers(
    std::string_view stream_name) {
  std::vector<ConsumerDescription> consumers;
  ListStreamConsumersOptions options;
  options.stream_name = std::string(stream_name);
  while (true) {
    ASSIGN_OR_RETURN(ConsumerListPage page, ListStreamConsumers(options));
    for (ConsumerDescription& consumer : page.consumers) consumers.push_back(std::move(consumer));
    // An empty page that promises more would be asked for without end.
    if (page.next_token.empty() || page.consumers.empty()) return consumers;
    options = {};
    options.next_token = std::move(page.next_token);
  }
}

absl::StatusOr<ConsumerLag> Client::DescribeConsumerLag(std::string_view stream_name,
                                                        std::string_view consumer_name) {
  ASSIGN_OR_RETURN(auto request,
                   RequestFor<v1::DescribeConsumerLagRequest>(stream_name, consumer_name));
  ASSIGN_OR_RETURN(auto response,
                   impl_->Call(rpc::kDescribeConsumerLag, std::move(request), stream_name));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<AccountLimits> Client::DescribeLimits() {
  ASSIGN_OR_RETURN(const auto response,
                   impl_->Call(rpc::kDescribeLimits, v1::DescribeLimitsRequest(), ""));
  return rpc::FromResponse(response);
}

absl::StatusOr<AccountSettings> Client::DescribeAccountSettings() {
  ASSIGN_OR_RETURN(const auto response, impl_->Call(rpc::kDescribeAccountSettings,
                                                    v1::DescribeAccountSettingsRequest(), ""));
  return rpc::FromCommitment(response.minimum_throughput_billing_commitment());
}

absl::StatusOr<AccountSettings> Client::UpdateAccountSettings(
    CommitmentStatus throughput_commitment) {
  if (throughput_commitment != CommitmentStatus::kEnabled &&
      throughput_commitment != CommitmentStatus::kDisabled)
    return rpc::InvalidArgumentError("throughput_commitment must be kEnabled or kDisabled");
  v1::UpdateAccountSettingsRequest request;
  request.set_minimum_throughput_billing_commitment_status(
      throughput_commitment == CommitmentStatus::kEnabled ? v1::COMMITMENT_STATUS_ENABLED
                                                          : v1::COMMITMENT_STATUS_DISABLED);
  ASSIGN_OR_RETURN(const auto response,
                   impl_->Call(rpc::kUpdateAccountSettings, std::move(request), ""));
  return rpc::FromCommitment(response.minimum_throughput_billing_commitment());
}

}  // namespace penstock
