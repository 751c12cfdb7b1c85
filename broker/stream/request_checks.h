// Checks that the operations of the control plane share. All errors are INVALID_ARGUMENT, name the
// field (FieldOf too), the value and the limit. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace penstock::broker {

// "<field> <what>".
absl::Status InvalidField(std::string_view field, std::string_view what);

// min <= value <= max.
absl::Status CheckRange(std::string_view field, uint64_t value, uint64_t min, uint64_t max);

// 1 to `chars_max` of letters, digits, '_', '.', '-' (Kinesis API, StreamName and ConsumerName).
absl::Status CheckName(std::string_view field, std::string_view name, size_t chars_max);

}  // namespace penstock::broker
