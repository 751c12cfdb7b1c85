// Making the errors that GetErrorDetails (penstock/errors.h) reads, where no gRPC call gave them:
// those of a batch within a stream, and those that the client finds by itself.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace penstock::rpc {

struct ErrorAnswer {
  // A reason of the error table, "THROUGHPUT_EXCEEDED"; its code is the error's.
  std::string_view reason;
  std::string_view message;
  bool outcome_unknown = false;
  // 0: nothing is known of that.
  uint64_t retry_after_ms = 0;
  // Of the request that it is about; empty: of none.
  std::string_view field = {};
};
absl::Status ToStatus(const ErrorAnswer& answer);

// The same of an error of the table in common/error.h, which the client has found by itself.
absl::Status ToClientStatus(const absl::Status& error);

// `error`, which is not OK, with what is known of its outcome.
absl::Status WithOutcome(absl::Status error, bool outcome_unknown);

}  // namespace penstock::rpc
