// Validate: whether options of a client are in their ranges. Pure; thread-safe.
#pragma once

#include "absl/status/status.h"

#include "penstock/client_options.h"

namespace penstock::rpc {

// INVALID_ARGUMENT naming the option that is out of its range, and the range.
absl::Status Validate(const ClientOptions& options);

}  // namespace penstock::rpc
