// Errors of the AWS protocols: what a call is answered with, by the name that AWS clients know.
//
// Errors of the broker come from the one table in common/error.h and have their AWS name there.
// What only the protocol can say (a body that is no JSON, a signature that is wrong) has no place in
// that table and is made here, with its name; the name travels in the absl::Status as a payload.
// AwsErrorOf reads either kind back. Functions without state; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace penstock::broker {

inline constexpr std::string_view kSerializationException = "SerializationException";
inline constexpr std::string_view kValidationException = "ValidationException";

struct AwsError {
  // "ResourceNotFoundException": what goes into `__type`.
  std::string type;
  std::string message;
  int http_status = 400;
};

// An error that is the caller's fault (INVALID_ARGUMENT), of the given type, e.g.
// "SerializationException".
absl::Status MakeAwsError(std::string_view type, std::string_view message);

// Whether `status` was made by MakeAwsError, with a type of its own.
bool HasAwsErrorType(const absl::Status& status);

// `status` must not be OK.
AwsError AwsErrorOf(const absl::Status& status);

}  // namespace penstock::broker
