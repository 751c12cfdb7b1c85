// Between the messages of penstock.v1 and the values of the public headers: consumers and the
// account. Pure functions. What a newer broker says and this client does not know becomes kUnknown.
#pragma once

#include "penstock/account.h"
#include "penstock/consumers.h"
#include "penstock/v1/account.pb.h"
#include "penstock/v1/consumers.pb.h"

namespace penstock::rpc {

ConsumerDescription FromConsumer(v1::Consumer consumer);
ConsumerListPage FromResponse(v1::ListStreamConsumersResponse response);
ConsumerLag FromResponse(v1::DescribeConsumerLagResponse response);
AccountLimits FromResponse(const v1::DescribeLimitsResponse& response);
AccountSettings FromCommitment(const v1::MinimumThroughputBillingCommitment& commitment);

}  // namespace penstock::rpc
