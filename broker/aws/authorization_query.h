// The query form of SigV4 ("presigned"): the parts are X-Amz-* parameters of the target. Stateless.
#pragma once

#include "absl/status/statusor.h"

#include "broker/aws/query_string.h"
#include "broker/aws/sigv4_authorization.h"
#include "broker/http/http_message.h"

namespace penstock::broker {

// IncompleteSignatureException, with all that is missing; InvalidSignatureException if a part is
// there twice, also once as a parameter and once as a field.
absl::StatusOr<SigV4Authorization> ReadAuthorizationQuery(const HttpRequestHead& head,
                                                          const QueryParameters& query);

}  // namespace penstock::broker
