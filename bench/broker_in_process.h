// A broker in this process, and clients of it, for benchmarks that measure both together.
#pragma once

#include <memory>
#include <string>

#include "broker/app/broker.h"
#include "penstock/client.h"

namespace penstock::bench {

// gRPC on a free port of the loopback and nothing else, with its data in `folder`. CHECKs that it
// starts.
std::unique_ptr<broker::Broker> StartBroker(const std::string& folder);
std::unique_ptr<Client> Connect(const broker::Broker& broker);

}  // namespace penstock::bench
