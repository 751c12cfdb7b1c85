// One call of PutBatches, as the producer's BatchStream. Threads as there; callbacks run on the
// thread of the event queue.
#pragma once

#include <memory>

#include <grpcpp/channel.h>

#include "client/producer/transport.h"
#include "client/rpc/completion_threads.h"

namespace penstock::rpc {

// `events` delivers until the stream is destroyed.
std::unique_ptr<producer::BatchStream> OpenBatchStream(std::shared_ptr<grpc::Channel> channel,
                                                       EventQueue& events,
                                                       producer::BatchStreamCallbacks callbacks);

}  // namespace penstock::rpc
