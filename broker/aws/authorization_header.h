// The header form of SigV4: the Authorization field, with X-Amz-Date or Date beside it. Stateless.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "broker/aws/sigv4_authorization.h"
#include "broker/http/http_message.h"

namespace penstock::broker {

// `value` is that of the Authorization field. IncompleteSignatureException, with all that is
// missing.
absl::StatusOr<SigV4Authorization> ReadAuthorizationHeader(const HttpRequestHead& head,
                                                           std::string_view value);

}  // namespace penstock::broker
