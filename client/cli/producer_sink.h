// ProducerSink: the records of `penstock put` go to a penstock::Producer.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/cli/command.h"
#include "client/cli/put_arguments.h"
#include "client/cli/record_sink.h"
#include "penstock/producer.h"
#include "penstock/streams.h"

namespace penstock::cli {

// How the lines are put to `stream`. Of a stream with limits no batch has more than a shard takes in
// a second, so that something is stored every second.
ProducerOptions ToProducerOptions(const GlobalOptions& globals, const PutArguments& arguments,
                                  const StreamDescription& stream);

// How long to go on while nothing is stored: the global timeout and, where bytes are limited, the
// time that the shard needs for its largest record.
absl::Duration PutPatience(const GlobalOptions& globals, const StreamDescription& stream);

// INVALID_ARGUMENT as Producer::Create. Does not touch the network.
absl::StatusOr<std::unique_ptr<RecordSink>> MakeProducerSink(const ProducerOptions& options);

}  // namespace penstock::cli
