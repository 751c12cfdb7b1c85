// Validate: whether options of a producer are in their ranges. Pure; thread-safe.
#pragma once

#include "absl/status/status.h"

#include "penstock/producer_options.h"

namespace penstock::producer {

// INVALID_ARGUMENT naming the option that is out of its range, and the range.
absl::Status Validate(const ProducerOptions& options);

}  // namespace penstock::producer
