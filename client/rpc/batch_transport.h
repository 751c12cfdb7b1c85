// The producer's way to the broker over gRPC (client/producer/transport.h): a stream of PutBatches
// for each connection, and GetShardMap.
//
//   Send ─> queued ─> written one at a time, its bytes shared, not copied ─> broker
//   on_answer <─ read one at a time <────────────────────────────────────────┘
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "client/producer/transport.h"
#include "penstock/client_options.h"

namespace penstock::rpc {

// INVALID_ARGUMENT naming the option that is out of its range. Does not touch the network.
absl::StatusOr<std::unique_ptr<producer::Transport>> MakeBatchTransport(
    const ClientOptions& options);

}  // namespace penstock::rpc
