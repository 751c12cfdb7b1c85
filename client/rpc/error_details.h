// The details of the client's errors, as payloads of google.rpc: GetErrorDetails (penstock/errors.h)
// reads them; these functions make them where no gRPC call did, for a batch within a stream and for
// what the client finds by itself. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

// What the details say of the outcome: kOutcomeNotApplied, another word, or nothing ("" where there
// are details, nullopt where there are none of a broker's).
inline constexpr char kOutcomeNotApplied[] = "not_applied";
std::optional<std::string> StatedOutcome(const absl::Status& error);

// `error`, which is not OK, with what is known of its outcome.
absl::Status WithOutcome(absl::Status error, bool outcome_unknown);

}  // namespace penstock::rpc
