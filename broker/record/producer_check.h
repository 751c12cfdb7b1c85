// CheckProducer: whether what a caller says of a put's producer can be.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

#include "common/record_batch_builder.h"

namespace penstock::broker {

// INVALID_ARGUMENT naming the field of v1.ProducerStamp unless id and sequence are given, and the
// sequence that the producer stored before, if given, is a lower one.
absl::Status CheckProducer(const ProducerStamp& producer,
                           std::optional<uint64_t> previous_producer_sequence);

}  // namespace penstock::broker
