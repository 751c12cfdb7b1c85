// All that a broker holds, as gRPC tells it: the account, every stream, its shards, tags, consumers
// and records.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/conformance/broker_under_test.h"

namespace penstock::conformance {

// Without what differs between two brokers that did the same: stream ids and iterators.
nlohmann::json StateOf(BrokerUnderTest& broker);

}  // namespace penstock::conformance
