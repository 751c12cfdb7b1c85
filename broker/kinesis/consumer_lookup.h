// Which consumer a call means: by its ARN, or by the stream's ARN and its name, or by all of them.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/resource_names.h"
#include "broker/stream/stream_config.h"

namespace penstock::broker {

struct FoundConsumer {
  std::string stream_name;
  ConsumerInfo info;
};

// By the members ConsumerARN, StreamARN and ConsumerName. INVALID_ARGUMENT: they do not name one, or
// not the same one; NOT_FOUND (STREAM_NOT_FOUND, CONSUMER_NOT_FOUND).
absl::StatusOr<FoundConsumer> FindConsumer(KinesisCall& call);

// By an ARN that was found in `field`. An ARN of a consumer that was deregistered since is
// CONSUMER_NOT_FOUND, also where its name has been registered again.
absl::StatusOr<FoundConsumer> FindConsumerByArn(KinesisCall& call, std::string_view field,
                                                std::string_view arn);

}  // namespace penstock::broker
