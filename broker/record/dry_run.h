// DryRunError: how a call with dry_run ends that would have succeeded without.
#pragma once

#include "absl/status/status.h"

#include "common/error.h"

namespace penstock::broker {

inline absl::Status DryRunError() {
  return MakeError(ErrorReason::kDryRun, "request would have succeeded, but dry_run is set");
}

}  // namespace penstock::broker
